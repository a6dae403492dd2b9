// A page of another site on which WHIP and WHEP tools from npm run: none of them was written here.
import { build } from "esbuild";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const tools = `
export { WHIPClient } from "whip-whep/whip.js";
export { WHEPClient } from "whip-whep/whep.js";
export { WHIPClient as EyevinnPublisher } from "@eyevinn/whip-web-client";
export { WebRTCPlayer as EyevinnPlayer } from "@eyevinn/webrtc-player";
`;

/** Serves the page on loopback, which browsers take for a secure context. */
export async function toolSite() {
  const bundle = await build({
    stdin: { contents: tools, resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    bundle: true, write: false, format: "iife", globalName: "tools", logLevel: "error",
  });
  const server = createServer((req, res) => {
    const script = req.url === "/tools.js";
    res.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    res.end(script ? bundle.outputFiles[0].text : '<!doctype html><title>tool</title><video autoplay muted playsinline></video><script src="/tools.js"></script>');
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  return { url: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

/**
 * Opens the page, which notes each answer to a request of the tools as [method, status] in window.answers.
 */
export async function toolPage(browser, site) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ["camera", "microphone"] });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.answers = [];
    const real = window.fetch;
    window.fetch = async (url, init = {}) => {
      const res = await real(url, init);
      window.answers.push([init.method ?? "GET", res.status]);
      return res;
    };
  });
  await page.goto(site.url);
  return page;
}

/** The frames that the page's picture has shown. */
export const shown = (page) => page.evaluate(() => {
  const video = document.querySelector("video");
  return video.videoWidth && video.getVideoPlaybackQuality().totalVideoFrames;
});
