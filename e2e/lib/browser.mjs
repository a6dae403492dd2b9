// Headless Chromium with a fake camera and microphone, and what a person does with the pages.
import { chromium } from "playwright-core";
import { gotera, Child } from "./system.mjs";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
  "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
];

export async function launch(...more) {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: [...flags, ...more] });
}

/** A page of a person of their own: no shared storage, no shared cookies. Console errors are kept in page.problems. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1280, height: 800 }, permissions: ["camera", "microphone"], ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (err) => page.problems.push(String(err)));
  page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
  return page;
}

/** The frame that shows the session: the page itself, or the one inside the dashboard or the waiting room. */
export function room(page) {
  return page.frames().find((f) => new URL(f.url() || "about:blank").pathname.startsWith("/webrtc/")) ?? null;
}

/** What the others' pictures on a session page show: whose, their size and how many frames have been presented. */
export async function pictures(page) {
  const frame = room(page);
  if (!frame) return [];
  return frame.evaluate(() =>
    [...document.querySelectorAll(".tile:not(.self) video")]
      .filter((v) => v.srcObject)
      .map((v) => ({ of: v.ariaLabel, width: v.videoWidth, height: v.videoHeight, frames: v.getVideoPlaybackQuality().totalVideoFrames })),
  ).catch(() => []);
}

/** Resolves once at least `count` remote pictures have presented more frames than when it was called. */
export async function moving(page, count, ms = 10_000) {
  const before = new Map((await pictures(page)).map((p) => [p.of, p.frames]));
  const end = Date.now() + ms;
  let now = [];
  while (Date.now() < end) {
    now = await pictures(page);
    const alive = now.filter((p) => p.width > 0 && p.frames > (before.get(p.of) ?? 0) + 2);
    if (alive.length >= count) return alive;
    await page.waitForTimeout(50);
  }
  throw new Error(`fewer than ${count} moving pictures after ${ms} ms: ${JSON.stringify(now)}`);
}

/** `gotera peer`, with its JSON lines parsed as they come. */
export function headlessPeer(args) {
  const child = new Child("peer", gotera, ["peer", "--insecure", "--json", ...args]);
  child.lines = () => child.output.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  return child;
}
