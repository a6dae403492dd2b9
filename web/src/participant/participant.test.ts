import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../reach/reach.ts";
import type { CoreEvent } from "../rehab/opentera/events.ts";
import { cameraCheck, connectionCheck, soundCheck } from "./checks.ts";
import { arrival, type Stay, step, type StayEvent } from "./stay.ts";

const join = (session: string, url: string): CoreEvent => ({ type: "join", session, url, creator: "Dr. Roy", users: [], participants: ["me"], devices: [] });
const core = (event: CoreEvent, how: { again?: boolean; direct?: boolean } = {}): StayEvent => ({ type: "core", event, again: false, direct: false, ...how });
const run = (...events: StayEvent[]): Stay => events.reduce(step, { ...arrival, uuid: "me" });

test("a call is shown, then joined", () => {
  const called = run(core(join("s", "1")));
  assert.deepEqual(called.place, { at: "called", asked: true, call: { session: "s", url: "1", creator: "Dr. Roy" } });
  assert.equal(step(called, { type: "accept" }).place.at, "room");
});

test("whoever opens the link while a session runs is in it at once", () => {
  assert.equal(run(core(join("s", "1"), { again: true, direct: true })).place.at, "room");
});

test("the same invitation does not load a session again", () => {
  const room = run(core(join("s", "1")), { type: "accept" });
  assert.equal(step(room, core(join("s", "1"))), room);
  assert.equal(step(room, core(join("other", "2"))), room, "one session at a time");
  const moved = step(room, core(join("s", "2")));
  assert.equal(moved.place.at === "room" && moved.place.call.url, "2");
});

test("a call that was put off rings again for a new invitation only", () => {
  const off = run(core(join("s", "1")), { type: "putOff" });
  const asked = (stay: Stay) => stay.place.at === "called" && stay.place.asked;
  assert.equal(asked(step(off, core(join("s", "1"), { again: true }))), false, "told again after a reconnection");
  assert.equal(asked(step(off, core(join("s", "1")))), true, "invited anew");
  assert.equal(asked(step(off, core(join("t", "2"), { again: true }))), true, "another session");
});

test("leaving keeps the call at hand, an end does not", () => {
  const room = run(core(join("s", "1")), { type: "accept" });
  for (const why of ["left", "replaced", "full"] as const) {
    const after = step(room, { type: "frame", why });
    assert.deepEqual([after.place.at, after.message], ["called", why]);
    assert.equal(step(after, { type: "accept" }).message, "");
  }
  for (const [why, message] of [["stopped", "over"], ["removed", "removed"], ["refused", "refused"]] as const) {
    const after = step(room, { type: "frame", why });
    assert.deepEqual([after.place.at, after.message], ["waiting", message]);
  }
});

test("stop and leave count for the own session and person only", () => {
  const room = run(core(join("s", "1")), { type: "accept" });
  assert.equal(step(room, core({ type: "stop", session: "other" })), room);
  assert.equal(step(room, core({ type: "leave", session: "s", users: [], participants: ["somebody"], devices: [] })), room);
  assert.equal(step(room, core({ type: "stop", session: "s" })).message, "over");
  assert.equal(step(room, core({ type: "leave", session: "s", users: [], participants: ["me"], devices: [] })).message, "removed");
  const missed = run(core(join("s", "1")), core({ type: "stop", session: "s" }));
  assert.deepEqual([missed.place.at, missed.message], ["waiting", "missed"]);
  const twice = step(step(room, { type: "frame", why: "stopped" }), core({ type: "stop", session: "s" }));
  assert.equal(twice.message, "over", "told by both sides");
});

test("checks say what is ready", () => {
  const none = { opening: false, track: undefined, failure: undefined };
  const track = {} as MediaStreamTrack;
  assert.deepEqual(cameraCheck(none), { word: "opening", tone: "busy" });
  assert.deepEqual(cameraCheck({ ...none, track }), { word: "works", tone: "good" });
  assert.deepEqual(cameraCheck({ ...none, failure: "notFound" }), { word: "none", tone: "todo", failure: "notFound" });
  assert.deepEqual(soundCheck({ ...none, track }, false), { word: "listening", tone: "busy" });
  assert.deepEqual(soundCheck({ ...none, track }, true), { word: "heard", tone: "good" });
  assert.deepEqual(soundCheck({ ...none, failure: "notAllowed" }, true), { word: "failed", tone: "todo", failure: "notAllowed" });
  const found = (best: Finding["best"]): Finding => ({ best, tried: [] });
  const word = (...args: Parameters<typeof connectionCheck>): string => Object.values(connectionCheck(...args)).join(" ");
  assert.equal(word("connected", false, found("udp"), false), "offline todo");
  assert.equal(word("lost", true, found("udp"), false), "lost todo");
  assert.equal(word("connecting", true, undefined, false), "connecting busy");
  assert.equal(word("connected", true, undefined, false), "connected good");
  assert.equal(word("connected", true, undefined, true), "checking busy");
  assert.equal(word("connected", true, found("unknown"), false), "connected good");
  assert.equal(word("connected", true, found("relayTls"), true), "relayTls good");
  assert.equal(word("connected", true, found("nothing"), false), "nothing todo");
});
