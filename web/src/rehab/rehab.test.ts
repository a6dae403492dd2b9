import assert from "node:assert/strict";
import { test } from "node:test";
import { lang } from "../i18n/i18n.ts";
import { mailto, participantLink } from "./link.ts";
import { CallError } from "./opentera/call.ts";
import { kept } from "../account/password.ts";
import { initials, invitees, listed, type Person } from "./people.ts";
import { applied, nobody, snapshot } from "./presence.ts";
import { happening } from "./report.ts";
import { elapsed, invitable, mine, others } from "./running.ts";
import { day } from "./sessions.ts";
import { refusal, trouble } from "./trouble.ts";
import { dashboard, ending, step, type Visit } from "./visit.ts";
import { daysBetween, dayWords, minutesWords } from "./when.ts";
import type { Member, MemberStatus, Running } from "./wire.ts";

const person = (kind: Person["kind"], uuid: string, name: string): Person => ({ kind, uuid, id: 1, name, lastOnline: undefined });
const presence = (uuid: string, change: "connected" | "disconnected" | "joined" | "left" | "changed") =>
  ({ type: "presence", kind: "participant", uuid, name: "", change }) as const;

test("presence follows events, and a list does not undo what is newer", () => {
  let state = applied(nobody, presence("a", "connected"));
  const asked = state.count;
  state = applied(state, presence("b", "connected"));
  state = applied(state, presence("b", "joined"));
  // The list was asked for before b came: a is taken from it, b is not.
  state = snapshot(state, asked, [["a", { online: false, busy: false }], ["b", { online: false, busy: false }], ["c", { online: true, busy: false }]]);
  assert.deepEqual(state.map.get("a"), { online: false, busy: false });
  assert.deepEqual(state.map.get("b"), { online: true, busy: true });
  assert.deepEqual(state.map.get("c"), { online: true, busy: false });
  state = applied(applied(state, presence("b", "disconnected")), presence("b", "left"));
  assert.deepEqual(state.map.get("b"), { online: false, busy: false });
});

test("people are grouped, present ones first, and found without accents", () => {
  const people = [person("user", "u", "Zoé"), person("participant", "1", "Éric Roy"), person("participant", "2", "Ann Roy 10"), person("participant", "3", "Ann Roy 9")];
  const there = new Map([["1", { online: true, busy: false }]]);
  const names = (search: string) => [...listed(people, there, search)].map(([kind, all]) => [kind, all.map((p) => p.uuid).join("")]);
  assert.deepEqual(names(""), [["participant", "132"], ["user", "u"]]);
  assert.deepEqual(names("roy ERIC"), [["participant", "1"]]);
  assert.deepEqual(names("nobody"), []);
});

test("portraits have two letters at most, and no titles", () => {
  for (const [name, want] of [["Dr. Anne Roy", "AR"], ["Jean-Luc Gagnon", "JG"], ["élise", "É"], ["M. Tremblay", "T"], ["Dr.", "D"], ["", ""], ["12 – bed", "1B"]] as const) {
    assert.equal(initials(name), want, name);
  }
});

test("requests name each person once, and every kind", () => {
  assert.deepEqual(invitees([person("user", "u", ""), person("device", "d", ""), person("user", "u", "")]), { session_users: ["u"], session_participants: [], session_devices: ["d"] });
});

const member = (uuid: string, status: MemberStatus): Member => ({ kind: "participant", uuid, name: uuid, status });
const session: Running = {
  id_session: 1, session_uuid: "s", session_name: "S", id_session_type: 1, started_at: "2026-01-01T10:00:00Z", can_manage: true, url: null,
  creator: { kind: "user", uuid: "me", name: "Me" },
  members: [member("left", "left"), member("gone", "removed"), member("here", "in_room"), member("me", "in_room"), member("new", "someday" as MemberStatus)],
};

test("members are shown present first, without those removed", () => {
  assert.deepEqual(others(session, "me").map((m) => m.uuid), ["here", "left", "new"]);
  assert.deepEqual(others({ ...session, members: null }, "me"), []);
  assert.ok(mine(session, "me"));
  assert.equal(elapsed(session, Date.parse("2026-01-01T10:12:41Z")), 761);
  assert.equal(elapsed({ started_at: "?" }, 0), 0);
});

test("whoever has gone can be invited again", () => {
  const people = ["left", "gone", "here", "other"].map((uuid) => person("participant", uuid, uuid));
  assert.deepEqual(invitable(people, session).map((p) => p.uuid), ["left", "gone", "other"]);
});

test("a started session opens once its name and its address are known, in any order", () => {
  const opening = step(dashboard, { type: "open", uuid: "", title: "Type", calling: ["M"] });
  assert.equal(step(opening, { type: "address", uuid: "s", url: "1" }), opening, "an address of a session without name is not ours");
  const named = step(opening, { type: "named", uuid: "s", title: "Knee" });
  const room = step(named, { type: "address", uuid: "s", url: "1" });
  assert.deepEqual(room, { at: "room", uuid: "s", title: "Knee", url: "1" });
  assert.equal(step(room, { type: "address", uuid: "s", url: "1" }), room, "told again: not loaded again");
  assert.equal(step(room, { type: "address", uuid: "other", url: "2" }), room);
  assert.deepEqual((step(room, { type: "address", uuid: "s", url: "2" }) as Extract<Visit, { at: "room" }>).url, "2");
  assert.equal(step(room, { type: "open", uuid: "s", title: "", calling: [] }), room);
});

test("a session ends for the page that shows it, not for another", () => {
  const room: Visit = { at: "room", uuid: "s", title: "", url: "1" };
  assert.equal(step(room, { type: "end", uuid: "other", why: "stopped" }), room);
  assert.equal(step(room, { type: "end", uuid: "s", why: "stopped" }), dashboard);
  assert.equal(step(room, { type: "frame", why: "" }), dashboard);
  assert.equal(ending("removed"), "removed");
  assert.equal(ending("shutdown"), "");
});

test("troubles become words", () => {
  const word = (status: number) => trouble(new CallError(status, "text")).word;
  assert.deepEqual([0, 400, 403, 404, 500, 501, 502].map(word), ["unreachable", "refused", "forbidden", "gone", "serviceDown", "notOffered", "serviceDown"]);
  assert.equal(trouble(new Error("x")).word, "unreachable");
  assert.equal(refusal({ status: "started" }), undefined);
  assert.equal(refusal(null)?.word, "serviceDown");
  assert.equal(refusal({ status: "error", error_text: "all session ports are in use" })?.word, "noPort");
  assert.deepEqual(refusal({ status: "error" }), { word: "refused", said: "", status: 200 });
});

test("passwords are checked by OpenTera's rules", () => {
  const missing = (p: string, again = p) => Object.entries(kept(p, again)).filter(([, ok]) => !ok).map(([rule]) => rule).join();
  assert.equal(missing("Correct-horse7"), "");
  assert.equal(missing("Correct@horse7"), "special", "@ does not count");
  assert.equal(missing("Sh0rt-pass"), "");
  assert.equal(missing("Sh0rt-pas"), "length");
  assert.equal(missing("correct horse"), "upper,digit");
  assert.equal(missing("Correct-horse7", "x"), "same");
  assert.equal(missing(""), "length,lower,upper,digit,special,same");
});

test("session events name whom they are about", () => {
  const uuid = "0e7d0c1e-1111-4222-8333-444455556666";
  const of = (type: number, text: string | null) => happening({ id_session_event_type: type, session_event_text: text });
  assert.deepEqual(of(12, `Participant: ${uuid}`), { what: "join", who: { kind: "participant", uuid, name: "" }, text: `Participant: ${uuid}` });
  assert.deepEqual(of(14, `User ${uuid}`).who, { kind: "user", uuid, name: "" });
  const entered = of(1, `Participant: Jean (Jo) Roy (${uuid}) is in the room`);
  assert.deepEqual([entered.what, entered.who?.name, entered.text], ["entered", "Jean (Jo) Roy", "Participant: Jean (Jo) Roy is in the room"]);
  assert.equal(of(1, `Device: Robot (${uuid}) has left the room`).what, "went");
  assert.equal(of(1, "The room was started again").what, undefined);
  assert.deepEqual(of(3, null), { what: "start", who: undefined, text: "" });
  assert.equal(of(100, "Custom").what, undefined);
});

test("moments are told as people do", () => {
  const now = new Date(2026, 2, 10, 9);
  const words = (y: number, m: number, d: number) => dayWords(new Date(y, m, d, 23, 59), now);
  lang.value = "en";
  assert.deepEqual([words(2026, 2, 10), words(2026, 2, 9), words(2026, 2, 11), words(2026, 2, 6)], ["today", "yesterday", "tomorrow", "Friday"]);
  assert.match(words(2026, 1, 1), /February 1|1 February/);
  assert.match(words(2025, 1, 1), /2025/);
  assert.equal(minutesWords(3900).replace(/\s/g, " "), "1 hr 5 min");
  lang.value = "fr";
  assert.equal(words(2026, 2, 9), "hier");
  lang.value = "en";
  assert.equal(daysBetween(new Date(2026, 2, 28), new Date(2026, 2, 30)), 2, "also over a change of the clock");
  assert.equal(day(new Date(2026, 0, 5)), "2026-01-05");
});

test("links lead to the participant's page and into a message", () => {
  assert.equal(participantLink("a.b+c", { protocol: "https:", host: "h", pathname: "/rehab/" }), "https://h/rehab/participant?token=a.b%2Bc");
  assert.equal(mailto("a@b.ca", "É & co", "x\ny"), "mailto:a@b.ca?subject=%C3%89%20%26%20co&body=x%0D%0Ay");
});
