// Takes pictures of the states of the pages of the dashboard, of the participant and of the core, with a pretended server, and looks for
// faults of accessibility in each: node --import tsx dev/pages.ts [folder] [page or page-state, ...]
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { chromium, type Page } from "playwright-core";
import { createServer } from "vite";
import { pretend } from "./clinic.ts";
import { aboutStates, docStates, loginStates } from "./corelist.ts";
import { type PageState, participantStates, rehabStates } from "./pagelist.ts";

const [folder = "../screenshots/pages", only = "all"] = process.argv.slice(2);
const sizes = (process.env.SIZES ?? "1440x900,1024x768,390x844").split(",").map((s) => s.split("x").map(Number) as [number, number]);
const langs = (process.env.LANGS ?? "en,fr").split(",");
const wanted = only === "all" ? undefined : new Set(only.split(","));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

mkdirSync(resolve(folder), { recursive: true });
const server = await createServer({ server: { port: 0, host: "127.0.0.1", hmr: false }, logLevel: "error" });
await server.listen();
const base = server.resolvedUrls?.local[0] ?? "";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-background-networking"],
});
let faults = 0;
try {
  const pages = { rehab: rehabStates, participant: participantStates, login: loginStates, about: aboutStates, doc: docStates };
  for (const [name, states] of Object.entries(pages)) {
    for (const [state, what] of Object.entries(states)) {
      if (wanted && !wanted.has(name) && !wanted.has(`${name}-${state}`)) continue;
      for (const [width, height] of sizes) for (const lang of langs) await shoot(name, state, what, width, height, lang);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
if (faults > 0) {
  console.error(`${faults} states have faults`);
  process.exitCode = 1;
}

async function shoot(name: string, state: string, what: PageState, width: number, height: number, lang: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height }, locale: lang });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await pretend(page, what.scenario ?? {});
  if (what.init) await page.addInitScript(what.init);
  try {
    await page.goto(`${base}${name}.html?lang=${lang}${what.query ?? ""}`);
    await page.waitForSelector("#app main");
    await what.steps?.(page);
    await page.waitForTimeout(500); // fonts, video and animations settle
    await page.screenshot({ path: join(resolve(folder), `${name}-${state}-${width}-${lang}.png`) });
    errors.push(...(await check(page)));
  } catch (error) {
    errors.push(String(error));
    await page.screenshot({ path: join(resolve(folder), `${name}-${state}-${width}-${lang}.png`) });
  }
  if (errors.length > 0) {
    faults++;
    console.error(`${name}-${state} ${width} ${lang}:\n  ${errors.join("\n  ")}`);
  }
  await context.close();
}

/** check runs axe-core with the rules of WCAG 2.2 AA, and 7:1 on the participant's page; it also notices sideways scrolling. */
async function check(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const strict = location.pathname.includes("participant") ? { "color-contrast-enhanced": { enabled: true } } : {};
    const { axe } = window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }> } };
    const result = await axe.run({ runOnly: { type: "tag", values: tags }, rules: strict, iframes: false });
    return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} ${n.failureSummary ?? ""}`).join("; ")}`);
  });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wide > 0 ? [...found, `scrolls sideways by ${wide} px`] : found;
}
