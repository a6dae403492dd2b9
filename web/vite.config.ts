import { resolve } from "node:path";
import { defineConfig } from "vite";
import { finish } from "./build/finish.ts";

// All pages share one folder of assets. All addresses are relative: the same files are served at the top,
// below /rehab/, below /webrtc/<port>/ and by the development server.
export default defineConfig({
  base: "./",
  // dev/states.html exists for the development server only and is not built.
  build: {
    outDir: "dist",
    emptyOutDir: false, // finish removes what this build did not make: a Go build may be reading the folder
    target: ["chrome90", "firefox90", "safari15"],
    assetsInlineLimit: 0, // data: addresses would need a wider content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        rehab: resolve(import.meta.dirname, "rehab.html"),
        participant: resolve(import.meta.dirname, "participant.html"),
        room: resolve(import.meta.dirname, "room.html"),
        login: resolve(import.meta.dirname, "login.html"),
        about: resolve(import.meta.dirname, "about.html"),
        doc: resolve(import.meta.dirname, "doc.html"),
      },
    },
  },
  plugins: [finish({ maxPageBytes: 250_000 })],
});
