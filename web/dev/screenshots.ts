// Checks with axe-core and takes pictures of every state of the session page: npm run screenshots -- <folder> [state,state...] [users|participants|devices]
// Environment: SIZES=1440x900,390x844 LANGS=en
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium, type Page } from "playwright-core";
import { createServer } from "vite";
import { states } from "./list.ts";

const [folder = "../screenshots/session", only, pages = "users,participants"] = process.argv.slice(2);
const sizes = (process.env.SIZES ?? "1440x900,1024x768,390x844").split(",").map((s) => s.split("x").map(Number) as [number, number]);
const langs = (process.env.LANGS ?? "en,fr").split(",");
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const wanted = only && only !== "all" ? only.split(",") : Object.keys(states);

/** violations is what axe-core finds on the page. */
async function violations(tab: Page): Promise<string[]> {
  await tab.evaluate(axe);
  return tab.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  });
}

let faults = 0;
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
      for (const lang of langs) {
        for (const state of wanted) {
          await tab.goto(`${server.resolvedUrls?.local[0]}dev/states.html?state=${state}&page=${page}&lang=${lang}`);
          await tab.waitForFunction(() => document.querySelector("#app > *") && [...document.querySelectorAll("video")].every((v) => v.readyState >= 2));
          await tab.waitForTimeout(400); // decoded is not yet painted
          const name = `${page}-${state}-${width}-${lang}`;
          for (const found of await violations(tab)) {
            faults++;
            console.error(`${name}: ${found}`);
          }
          await tab.screenshot({ path: join(resolve(folder), `${name}.png`) });
        }
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
if (faults > 0) {
  console.error(`${faults} violations`);
  process.exitCode = 1;
}
