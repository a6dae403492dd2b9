// The network profiles that every change has to keep (docs/network-profiles.md): two session pages in real browsers, one of
// them behind a bad network. `node profiles.mjs` measures all of them, and for longer.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { beyond, cases, table } from "../lib/profiles.mjs";
import { Bench } from "../lib/run-profile.mjs";

const tries = 3;

describe("network profiles", () => {
  let bench;
  const results = [];

  before(async () => {
    bench = await Bench.start();
  });
  after(async () => {
    await bench?.stop();
    console.log(table(results));
  });

  // Without feedback from the room Chromium's own estimate stays at its first 300 kbit/s.
  test("the room tells publishers when their packets arrive", async () => {
    const outgoing = await bench.ann.page.evaluate(() => globalThis.timeline.samples.at(-1)?.outgoing);
    assert.ok(outgoing > 300_000, `availableOutgoingBitrate is ${outgoing}`);
  });

  for (const profile of cases.filter((c) => c.quick)) {
    test(`${profile.way}: ${profile.name}`, async (t) => {
      let done;
      for (let i = 0; i < tries; i++) {
        done = await bench.run(profile);
        if (beyond(profile.limits, done.result).length === 0 || !done.starved) break;
      }
      results.push(done);
      const found = beyond(profile.limits, done.result);
      // A machine that cannot keep up without impairment either proves nothing, whatever it shows.
      if (found.length > 0 && done.starved) return t.skip(`no verdict: ${done.starved}`);
      assert.deepEqual(found, []);
    });
  }
});
