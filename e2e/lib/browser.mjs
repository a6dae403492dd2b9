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

/** launch inside a namespace of lib/netns.mjs, with a home directory of its own (lib/trust.mjs) if one is given. */
export async function launchIn(namespace, home) {
  return chromium.launch({ executablePath: namespace.script("/usr/bin/chromium"), args: flags, env: { ...process.env, ...(home && { HOME: home.dir }) } });
}

/** A page of a person of their own: no shared storage, no shared cookies. Console errors are kept in page.problems. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", viewport: { width: 1280, height: 800 }, permissions: ["camera", "microphone"], ...options });
  const page = await context.newPage();
  page.problems = [];
  page.received = []; // what websockets brought, of the room and of the core
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
    try {
      page.received = [...page.received.slice(-5000), JSON.parse(payload)];
    } catch {
      // a text that is no JSON
    }
  }));
  page.on("pageerror", (err) => page.problems.push(String(err)));
  page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
  return page;
}

/** The frame that shows the session: the page itself (of a room alone, too), or the one inside the dashboard or the waiting room. */
export function room(page) {
  return page.frames().find((f) => /^\/(webrtc\/|users$)/.test(new URL(f.url() || "about:blank").pathname)) ?? null;
}

/**
 * What the others' pictures on a session page show: whose, their size and how many frames have been presented. Firefox counts
 * those of a call in a field of its own alone.
 */
export async function pictures(page) {
  const frame = room(page);
  if (!frame) return [];
  return frame.evaluate(() =>
    [...document.querySelectorAll(".tile:not(.self) video")]
      .filter((v) => v.srcObject)
      .map((v) => ({ of: v.ariaLabel, width: v.videoWidth, height: v.videoHeight, frames: v.mozPaintedFrames ?? v.getVideoPlaybackQuality().totalVideoFrames })),
  ).catch(() => []);
}

/** Resolves once at least `count` of the others' pictures have presented three more frames than when it was called. */
export async function moving(page, count, ms = 30_000) {
  const last = new Map((await pictures(page)).map((p) => [p.of, p.frames]));
  const shown = new Map(); // frames since the call; the browser's count begins anew with a new track
  const end = Date.now() + ms;
  let now = [];
  while (Date.now() < end) {
    now = await pictures(page);
    for (const p of now) {
      const before = last.get(p.of) ?? 0;
      shown.set(p.of, (shown.get(p.of) ?? 0) + (p.frames >= before ? p.frames - before : p.frames));
      last.set(p.of, p.frames);
    }
    const alive = now.filter((p) => p.width > 0 && shown.get(p.of) > 2);
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
