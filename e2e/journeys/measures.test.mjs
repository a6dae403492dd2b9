// What the network profiles are measured with, on made-up timelines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fits } from "../lib/netpath.mjs";
import { beyond } from "../lib/profiles.mjs";
import { freezes, Timeline } from "../lib/timeline.mjs";

const range = (from, to, every) => Array.from({ length: Math.ceil((to - from) / every) }, (_, i) => from + i * every);

test("freezes are gaps of 250 ms and more, also those that have not ended", () => {
  assert.deepEqual(freezes(range(0, 1000, 50), 0, 1000), { time: 0, longest: 50 });
  assert.deepEqual(freezes([...range(0, 500, 50), ...range(850, 1000, 50)], 0, 1000), { time: 350, longest: 400 });
  assert.deepEqual(freezes([600, 650], 0, 1000), { time: 550 + 300, longest: 600 });
  assert.deepEqual(freezes([], 0, 1000), { time: 950, longest: 1000 });
});

/** A call in which nothing is shown and every second sound packet is lost from 2 s to 4 s. */
function interrupted() {
  const samples = range(0, 10_000, 250).map((at) => {
    const bad = Math.max(0, Math.min(at, 4000) - 2000);
    return { at, in: [
      { id: "a", kind: "audio", totalSamplesReceived: at * 48, concealedSamples: bad * 24, silentConcealedSamples: 0, packetsLost: bad / 40, packetsReceived: (at - bad / 2) / 20 },
      { id: "v", kind: "video", bytesReceived: (at - bad) * 100 },
    ] };
  });
  const frames = { Ann: range(0, 10_000, 50).filter((at) => at < 2000 || at >= 4000).map((at) => [at, 640, at < 6000 && at >= 4000 ? 240 : 480]) };
  return new Timeline({ samples, frames, late: [[1000, 3]] });
}

test("a timeline says what was received between two times", () => {
  const line = interrupted();
  const good = line.between("Ann", 0, 2000);
  assert.deepEqual([good.shown, good.frozen, good.height, good.concealed, good.audioGone, good.kbps, good.late], [20, 0, 480, 0, 0, 800, 3]);
  const bad = line.between("Ann", 2025, 3975);
  assert.deepEqual([bad.shown, bad.frozen > 0.95, bad.kbps], [0, true, 0]);
  const sound = line.between("Ann", 2000, 4000);
  assert.deepEqual([sound.concealed, sound.audioLost, sound.audioGone, sound.audioPackets], [0.5, 50, 50, 50]);
  assert.equal(line.between("Bob", 0, 2000).shown, 0);
});

test("recovery is when frames, size and sound are as in the control measurement, for a second", () => {
  const line = interrupted();
  const control = line.between("Ann", 0, 2000);
  assert.equal(line.recovered("Ann", 2000, control), 3500); // from 5.5 s on half of a second is as large
  assert.equal(line.recovered("Ann", 0, control), 0);
  assert.equal(line.recovered("Ann", 9500, control), undefined);
});

test("a sender fits a link when a second brings no more than that carries", () => {
  const notes = range(0, 8000, 250).map((at) => ({ at, down: at < 3000 ? at * 200 : 600_000 + (at - 3000) * 50 })); // 1,600, then 400 kbit/s
  assert.equal(fits(notes, "down", 500, 1000), 2000);
  assert.equal(fits(notes, "down", 500, 4000), 0);
  assert.equal(fits(notes, "down", 300, 0), undefined);
});

test("limits: what is beyond them is told in words, a time that never came is beyond", () => {
  assert.deepEqual(beyond({ frozen: 0.1, smooth: 0.5, back: 1000 }, { frozen: 0.1, smooth: 0.5, back: 1000 }), []);
  assert.deepEqual(beyond({ frozen: 0.1, smooth: 0.5, back: 1000 }, { frozen: 0.11, smooth: 0.4 }), [
    "11.0 % of the time frozen, at most 10.0 %", "40 % of the usual frames shown, at least 50 %", "never until everything is as before, at most 1.0 s",
  ]);
});
