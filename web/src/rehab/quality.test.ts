import assert from "node:assert/strict";
import { test } from "node:test";
import { overall, type PersonQuality, qualityReport } from "./quality.ts";

const person = { kind: "participant", uuid: "p-1", minutes: 12, words: { good: 0.9, poor: 0.1 }, loss_up: 0.02, loss_down: 0, kbps_up: 900, kbps_down: 1200 };

test("the report is behind the sentence", () => {
  const text = `Quality report: Participant: A (p-1): 12.0 min\n${JSON.stringify({ version: 1, people: [person, { kind: "robot" }, null], more: 2 })}`;
  assert.deepEqual(qualityReport(text), { people: [person], more: 2 });
});

test("what is no report is none", () => {
  for (const text of [null, "", "User: A is in the room", "Quality report: nothing", "Quality report: x\n{", 'Quality report: x\n{"version":2,"people":[]}', 'x\n{"version":1,"people":[]}']) {
    assert.equal(qualityReport(text), undefined, String(text));
  }
});

test("a session is as bad as a tenth of it", () => {
  const word = (words: PersonQuality["words"]) => overall({ ...person, words } as PersonQuality);
  assert.equal(word({ good: 0.95, poor: 0.05 }), "good");
  assert.equal(word({ good: 0.85, fair: 0.15 }), "fair");
  assert.equal(word({ good: 0.9, fair: 0.05, poor: 0.05 }), "fair");
  assert.equal(word({ good: 0.9, poor: 0.1 }), "poor");
  assert.equal(word(null), undefined);
});
