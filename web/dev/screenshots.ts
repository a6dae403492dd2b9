// Takes pictures of every state of the session page: npm run screenshots -- <folder> [state,state...] [users|participants|devices]
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { createServer } from "vite";
import { states } from "./list.ts";

const [folder = "../screenshots/session", only, pages = "users,participants"] = process.argv.slice(2);
const sizes = [[1440, 900], [1024, 768], [390, 844]] as const;
const wanted = only && only !== "all" ? only.split(",") : Object.keys(states);

mkdirSync(resolve(folder), { recursive: true });
const server = await createServer({ server: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-background-networking"],
});
try {
  for (const [width, height] of sizes) {
    const context = await browser.newContext({ viewport: { width, height } });
    const tab = await context.newPage();
    tab.on("pageerror", (error) => console.error(error));
    for (const page of pages.split(",")) {
      for (const lang of ["en", "fr"]) {
        for (const state of wanted) {
          await tab.goto(`${server.resolvedUrls?.local[0]}dev/states.html?state=${state}&page=${page}&lang=${lang}`);
          await tab.waitForFunction(() => document.querySelector("#app > *") && [...document.querySelectorAll("video")].every((v) => v.readyState >= 2));
          await tab.waitForTimeout(400); // decoded is not yet painted
          await tab.screenshot({ path: join(resolve(folder), `${page}-${state}-${width}-${lang}.png`) });
        }
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
