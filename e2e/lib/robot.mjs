// A page that is a robot of opentera-webrtc: e2e/robot/robot.ts in Chromium, at the address of the server.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { person } from "./browser.mjs";

const { transformSync } = createRequire(new URL("../../web/package.json", import.meta.url))("esbuild");
const source = readFileSync(new URL("../robot/robot.ts", import.meta.url), "utf8");

/** A page with the robot's classes in window.robots. It is one of the server's, as Chromium keeps others from local addresses. */
export async function robotPage(sys, browser) {
  const page = await person(browser, { bypassCSP: true });
  await page.goto(`${sys.base}/rehab/api/config`);
  const { code } = transformSync(source, { loader: "ts", format: "iife", globalName: "robots" });
  await page.addScriptTag({ content: code });
  return page;
}
