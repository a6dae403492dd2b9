// Firefox with a fake camera and microphone, driven over WebDriver BiDi. Its pages have the few methods that the functions of
// browser.mjs and people.mjs use, so that these serve both browsers.
import { launch } from "puppeteer-core";
import { freePort } from "./system.mjs";

const preferences = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0, // sound may begin without a press, as in the other browser's flags
  "media.peerconnection.ice.loopback": true, // a server on this machine
  "media.gmp-manager.updateEnabled": false,
};

/** Starts one; with a namespace of netns.mjs inside of it, with a profile of trust.mjs in which certificates are checked. */
export async function firefox(namespace, profile) {
  const program = "/usr/bin/firefox-esr";
  const debuggingPort = await freePort();
  await namespace?.forward(debuggingPort);
  return launch({
    browser: "firefox", executablePath: namespace?.script(program) ?? program, headless: true, acceptInsecureCerts: !profile, debuggingPort,
    userDataDir: profile?.dir,
    extraPrefsFirefox: preferences, args: ["--width=1280", "--height=800"],
  });
}

/** A page; record runs in it, and in its frames, before their own scripts. */
export async function firefoxPage(browser, record) {
  const page = await (await browser.createBrowserContext()).newPage();
  if (record) await page.evaluateOnNewDocument(record);
  page.problems = [];
  page.on("pageerror", (err) => page.problems.push(String(err)));
  page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
  page.waitForTimeout = (ms) => new Promise((r) => setTimeout(r, ms));
  return page;
}
