import assert from "node:assert/strict";
import { test } from "node:test";
import { silenced, stuck } from "./rest.ts";

/** A track and a page that rest or not; events are sent by hand. */
class Track extends EventTarget {
  muted = false;
  readyState = "live";
}
class Page extends EventTarget {
  hidden = false;
}

const asTrack = (t: Track) => t as unknown as MediaStreamTrack;
const asPage = (p: Page) => p as unknown as Document;

test("a device from which nothing comes is opened again at once while its page is seen", async () => {
  assert.equal(await stuck(asTrack(new Track()), asPage(new Page())), true);
  const page = Object.assign(new Page(), { hidden: true });
  assert.equal(await stuck(asTrack(new Track()), asPage(page)), true, "it does not rest: it is broken");
});

test("a camera that rests because its page is hidden gets the time to begin by itself", async () => {
  for (const begins of [true, false]) {
    const page = Object.assign(new Page(), { hidden: true });
    const track = Object.assign(new Track(), { muted: true });
    let waited = 0;
    const decided = stuck(asTrack(track), asPage(page), async (ms) => {
      waited = ms;
      track.muted = !begins;
    });
    page.dispatchEvent(new Event("visibilitychange"));
    assert.equal(waited, 0, "the page is still hidden");
    page.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    assert.equal(await decided, !begins);
    assert.equal(waited, 2000);
  }
});

test("a second camera that silences the first is noticed", async () => {
  const track = new Track();
  assert.equal(await silenced(asTrack(track), async () => undefined), false);
  const noticed = silenced(asTrack(track), (_, signal) => new Promise((r) => signal?.addEventListener("abort", () => r())));
  track.muted = true;
  track.dispatchEvent(new Event("mute"));
  assert.equal(await noticed, true);
});
