// The network profiles that every change has to keep (docs/network-profiles.md): two session pages in real browsers, one of
// them behind a bad network. `node profiles.mjs` measures all of them, and for longer.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { beyond, cases, table } from "../lib/profiles.mjs";
import { Bench } from "../lib/run-profile.mjs";

/** How often a profile is measured at most, until there is a verdict. */
const most = 4;

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
      // Ten seconds are few, and a pause of the machine is 3 % of them: what is beyond a limit in two measurements of three is
      // beyond it. A machine that cannot keep up without impairment either proves nothing, whatever it shows.
      let within = 0;
      let starved = "";
      const missed = [];
      for (let i = 0; i < most && within <= missed.length && missed.length < 2; i++) {
        const done = await bench.run(profile);
        const found = beyond(profile.limits, done.judged);
        results.push(done);
        if (found.length === 0) within++;
        else if (done.starved) starved = done.starved;
        else missed.push(found);
        if (found.length > 0) console.log(`# ${profile.way}: ${profile.name}: ${found.join("; ")}, processors ${Math.round(100 * done.busy)} % busy${done.starved && `: ${done.starved}`}: measured again`);
      }
      if (missed.length < 2 && within <= missed.length) return t.skip(`no verdict: ${starved}`);
      assert.ok(missed.length < 2, missed.map((m) => m.join("; ")).join(" / "));
    });
  }
});
