// What people do on the pages, by the words that they read there.
import { person, room } from "./browser.mjs";
import { until } from "./system.mjs";

/** A clinician who has logged in and sees the dashboard; record runs in their pages before their own scripts. */
export async function clinicianAt(sys, browser, { record, ...options } = {}) {
  const page = await person(browser, options);
  if (record) await page.addInitScript(record);
  await page.goto(`${sys.base}/rehab/`);
  await page.getByLabel("User name").fill(sys.accounts.username);
  await page.getByLabel("Password", { exact: true }).fill(sys.accounts.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Running now" }).waitFor();
  return page;
}

/** Ticks people in the list and starts a session with them: the session page opens at once. */
export async function startWith(page, names) {
  for (const name of names) await page.getByRole("checkbox", { name: new RegExp(name) }).check();
  await page.getByRole("button", { name: "Start session" }).click();
  return sessionPage(page);
}

/** The frame of the session page, once the person is in the room. */
export async function sessionPage(page, ms = 30_000) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const frame = room(page);
    if (frame && (await frame.getByRole("button", { name: /^Leave/ }).first().isVisible().catch(() => false))) return frame;
    await page.waitForTimeout(30);
  }
  throw new Error("the session page did not open");
}

/** The link of a participant. */
export function link(sys, name) {
  return `${sys.base}/rehab/participant?token=${sys.accounts.participants.find((p) => p.name === name).token}`;
}

/** A participant who has opened their link; record (one or several) runs in their pages before their own scripts. */
export async function participantAt(sys, browser, name, { record, ...options } = {}) {
  const page = await person(browser, options);
  for (const script of [record ?? []].flat()) await page.addInitScript(script);
  page.link = link(sys, name);
  await page.goto(page.link);
  return page;
}

/**
 * Makes a page's browser say that received pictures stand still most of the time while window.freezing is true, and never
 * otherwise, whatever the machine is busy with. Call it before the page is opened.
 */
export function freezing(page) {
  return page.context().addInitScript(() => {
    const real = RTCPeerConnection.prototype.getStats;
    let freezes = 0;
    let frozen = 0;
    let last = Date.now();
    RTCPeerConnection.prototype.getStats = async function (...args) {
      const report = await real.apply(this, args);
      const now = Date.now();
      if (window.freezing) {
        freezes++;
        frozen += (0.8 * (now - last)) / 1000;
      }
      last = now;
      const changed = new Map();
      report.forEach((entry, id) => {
        const video = entry.type === "inbound-rtp" && entry.kind === "video";
        changed.set(id, video ? { ...entry, freezeCount: freezes, totalFreezesDuration: frozen } : entry);
      });
      return changed;
    };
  });
}

/**
 * Presses the invitation's button as soon as it is shown. On a busy machine the call may have begun by then: it does so by itself
 * after five seconds, and at once when the page took so long to open that it takes the call for one that is told again.
 */
export async function joinNow(page, ms = 30_000) {
  const button = page.getByRole("button", { name: /Join now/ });
  await until("the invitation, or the session", async () => room(page) || button.click({ timeout: 1000 }).then(() => true), ms);
  return sessionPage(page, ms);
}
