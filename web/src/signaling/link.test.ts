import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { type EndReason, Link } from "./link.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";

/** A websocket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all[FakeSocket.all.length - 1]!;
  }
  readyState = 1;
  sent: ClientMessage[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: unknown }) => void) | null = null;
  onclose: ((e: { code: number; reason: string }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  close(): void {
    this.readyState = 3;
  }
  say(m: object): void {
    this.onmessage?.({ data: JSON.stringify(m) });
  }
  lose(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }
}

const joined: ServerMessage = {
  type: "joined", peer: "me", resume: "token", resumed: false, fresh: true, self: { kind: "user", uuid: "", name: "", verified: false },
  session: { uuid: "", name: "", startedAt: "" }, peers: [], invitees: [], iceServers: [], canManage: false,
};

let status = 200;
let told: string[] = [];
let beacons: string[][] = [];
let link: Link;

/** settle lets promises that are ready go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** later moves the clock. */
async function later(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settle();
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  FakeSocket.all = [];
  status = 200;
  told = [];
  beacons = [];
  Object.defineProperty(globalThis, "navigator", { value: { sendBeacon: (...b: string[]) => beacons.push(b) }, configurable: true, writable: true });
  const g = globalThis as unknown as { WebSocket: unknown; fetch: unknown };
  g.WebSocket = FakeSocket;
  g.fetch = async () => {
    if (status === 0) throw new TypeError("network");
    return { status };
  };
  link = new Link({ socketURL: "ws://room?key=k", statusURL: "/status", leaveURL: "/leave", name: "n", uuid: "u" }, () => ({ camera: true }), {
    joined: () => told.push("joined"),
    message: (m) => told.push(m.type),
    answered: () => told.push("answered"),
    lost: () => told.push("lost"),
    ended: (reason: EndReason) => told.push(reason),
  });
  link.open();
});

afterEach(() => mock.timers.reset());

function join(): void {
  FakeSocket.last.onopen?.();
  FakeSocket.last.say(joined);
}

test("it joins, answers pings and passes the rest on", () => {
  join();
  FakeSocket.last.say({ type: "ping" });
  FakeSocket.last.say({ type: "left", peer: "x", reason: "left" });
  FakeSocket.last.say({ type: "of a later version" });
  assert.deepEqual(FakeSocket.last.sent, [
    { type: "join", protocol: 1, name: "n", uuid: "u", state: { camera: true }, features: ["ice-lite"] }, { type: "pong" },
  ]);
  assert.deepEqual(told, ["joined", "left"]);
});

/** early is the join in the address of the last websocket. */
function early(): unknown {
  const text = new URL(FakeSocket.last.url).searchParams.get("join");
  return text === null ? undefined : JSON.parse(text);
}

test("the address says what join does, but never who this is, nor the token", () => {
  assert.deepEqual(early(), { type: "join", protocol: 1, state: { camera: true }, features: ["ice-lite"] });
  FakeSocket.last.onopen?.();
  FakeSocket.last.say({ ...joined, peer: "id", resume: "id.secret" });
  link.fresh();
  return settle().then(() => later(1)).then(() => {
    assert.equal((early() as { resume?: string }).resume, "id");
    assert.doesNotMatch(FakeSocket.last.url, /secret/);
    FakeSocket.last.onopen?.();
    const [first] = FakeSocket.last.sent;
    assert.equal(first?.type === "join" && first.resume, "id.secret");
  });
});

test("a join that is too long for an address goes by message alone", () => {
  const long = new Link({ socketURL: "ws://room?key=k", statusURL: "/status", leaveURL: "/leave", name: "n", uuid: "u" }, () => ({ way: "x".repeat(1000) }), {
    joined: () => undefined, message: () => undefined, lost: () => undefined, answered: () => undefined, ended: () => undefined,
  });
  long.open();
  assert.equal(FakeSocket.last.url, "ws://room?key=k");
  FakeSocket.last.onopen?.();
  assert.equal(FakeSocket.last.sent[0]?.type, "join");
  long.leave();
});

test("a lost websocket is opened again with the resume token, and told once", async () => {
  join();
  FakeSocket.last.lose();
  assert.deepEqual(told, ["joined", "lost"]);
  status = 0; // the room does not answer either
  await later(250);
  FakeSocket.last.lose();
  await later(500);
  assert.equal(FakeSocket.all.length, 3);
  join();
  const [first] = FakeSocket.last.sent;
  assert.equal(first?.type === "join" && first.resume, "token");
  assert.deepEqual(told, ["joined", "lost", "joined"]);
});

test("silence is a loss", async () => {
  join();
  await later(14_000);
  FakeSocket.last.say({ type: "ping" });
  await later(14_000);
  assert.deepEqual(told, ["joined"]);
  await later(1_000);
  assert.deepEqual(told, ["joined", "lost"]);
});

test("a key that is refused ends it", async () => {
  join();
  status = 403;
  FakeSocket.last.lose();
  await later(250);
  FakeSocket.last.lose(); // it did not open
  await later(400);
  assert.deepEqual(told, ["joined", "lost", "refused"]);
  await later(10_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("what the room says is final ends it, by message or by close code", async () => {
  join();
  FakeSocket.last.say({ type: "ended", reason: "removed", text: "" });
  FakeSocket.last.lose(4003);
  await later(10_000);
  assert.deepEqual(told, ["joined", "removed"]);
  assert.equal(FakeSocket.all.length, 1);
});

test("a shutdown is not final", async () => {
  join();
  FakeSocket.last.say({ type: "ended", reason: "shutdown", text: "" });
  FakeSocket.last.lose(1012);
  await later(250);
  assert.equal(FakeSocket.all.length, 2);
});

test("a room that takes a page and drops it at once is asked less and less often", async () => {
  for (let i = 0; i < 8; i++) {
    join();
    FakeSocket.last.lose(4400);
    await later(3_000);
  }
  const before = FakeSocket.all.length;
  join();
  FakeSocket.last.lose(4400);
  await later(1_300); // the waits have grown to 1.4 to 2 s
  assert.equal(FakeSocket.all.length, before);
});

test("rejoin gives the token up", async () => {
  join();
  link.rejoin();
  await later(250);
  join();
  const [first] = FakeSocket.last.sent;
  assert.equal(first?.type === "join" && first.resume, undefined);
});

test("leave says goodbye and stays away", async () => {
  join();
  link.leave();
  assert.deepEqual(FakeSocket.last.sent.pop(), { type: "leave" });
  await later(10_000);
  assert.deepEqual(told, ["joined", "left"]);
  assert.equal(FakeSocket.all.length, 1);
});

/** first is the join of the last websocket. */
function first(): Extract<ClientMessage, { type: "join" }> {
  const [m] = FakeSocket.last.sent;
  assert.equal(m?.type, "join");
  return m as Extract<ClientMessage, { type: "join" }>;
}

test("fresh comes back at once as the same peer, and asks for new media once", async () => {
  join();
  link.fresh();
  await later(0);
  assert.deepEqual(told, ["joined", "lost"]);
  join();
  assert.equal(first().resume, "token");
  assert.equal(first().fresh, true);
  await later(10_000);
  FakeSocket.last.lose();
  await later(150);
  join();
  assert.equal(first().resume, "token");
  assert.equal(first().fresh, undefined);
});

test("fresh while the websocket is lost is asked for when it is back", async () => {
  join();
  FakeSocket.last.lose();
  link.fresh();
  await later(250);
  assert.equal(FakeSocket.all.length, 2);
  join();
  assert.equal(first().fresh, true);
});

test("a probe that is answered, by whatever message, changes nothing", async () => {
  join();
  link.probe(0);
  assert.deepEqual(FakeSocket.last.sent.pop(), { type: "ping" });
  await later(200);
  FakeSocket.last.say({ type: "pong" });
  await later(5_000);
  assert.deepEqual(told, ["joined", "answered"]);
  assert.equal(FakeSocket.all.length, 1);
});

test("beside a websocket that does not answer another one is begun, which is not used if it answers after all", async () => {
  join();
  link.probe(0);
  await later(250);
  const [one, two] = FakeSocket.all;
  assert.equal(FakeSocket.all.length, 2);
  await later(600);
  one!.say({ type: "pong" });
  two!.onopen?.();
  await later(10_000);
  assert.deepEqual(two!.sent, []);
  assert.equal(two!.readyState, 3);
  assert.deepEqual(told, ["joined", "answered"]);
});

test("the second websocket is used if it opens first, and nothing more is heard of the first", async () => {
  join();
  link.probe(0);
  await later(250);
  FakeSocket.last.onopen?.();
  assert.deepEqual(told, ["joined", "lost"]);
  assert.equal(first().resume, "token");
  FakeSocket.all[0]!.say({ type: "left", peer: "x", reason: "left" });
  FakeSocket.all[0]!.lose(4009);
  FakeSocket.last.say(joined);
  await later(10_000);
  assert.deepEqual(told, ["joined", "lost", "joined"]);
  assert.equal(FakeSocket.all.length, 2);
});

test("a second websocket that has not opened yet goes on when the first is given up", async () => {
  join();
  link.probe(0);
  await later(1_000);
  assert.deepEqual(told, ["joined", "lost"]);
  assert.equal(FakeSocket.all.length, 2);
  await later(500);
  join();
  assert.equal(first().resume, "token");
  assert.deepEqual(told, ["joined", "lost", "joined"]);
});

test("a second websocket that fails at once is followed by others, as long as the first does not answer", async () => {
  join();
  link.probe(0);
  await later(250);
  for (let i = 0; i < 2; i++) {
    FakeSocket.last.lose(1006);
    await later(100);
    assert.equal(FakeSocket.all.length, 2 + i);
    await later(150);
    assert.equal(FakeSocket.all.length, 3 + i);
  }
  FakeSocket.all[0]!.say({ type: "pong" });
  FakeSocket.last.lose(1006);
  await later(10_000);
  assert.equal(FakeSocket.all.length, 4);
  assert.deepEqual(told, ["joined", "answered"]);
});

test("leave closes a second websocket, too", async () => {
  join();
  link.probe(0);
  await later(250);
  link.leave();
  assert.equal(FakeSocket.last.readyState, 3);
  await later(10_000);
  assert.equal(FakeSocket.all.length, 2);
});

test("a status that does not answer does not keep it from trying", async () => {
  join();
  (globalThis as unknown as { fetch: unknown }).fetch = () => new Promise(() => undefined);
  FakeSocket.last.lose();
  await later(250);
  FakeSocket.last.lose(); // it did not open
  await later(400); // the pause
  await later(500);
  assert.equal(FakeSocket.all.length, 3);
});

test("after some websockets that did not open it asks whether the room answers, and opens another when it does", async () => {
  join();
  status = 0;
  for (let i = 0; i < 4; i++) {
    FakeSocket.last.lose(); // the first one was open
    await later(2_000);
  }
  const before = FakeSocket.all.length;
  await later(20_000);
  assert.equal(FakeSocket.all.length, before, "Firefox would let the next one wait for what these did");
  status = 502; // the proxy answers, the room does not
  await later(5_000);
  assert.equal(FakeSocket.all.length, before);
  status = 200;
  await later(3_000);
  assert.equal(FakeSocket.all.length, before + 1);
});

test("a room that answers no request is tried all the same, now and then", async () => {
  join();
  status = 0;
  for (let i = 0; i < 4; i++) {
    FakeSocket.last.lose();
    await later(2_000);
  }
  const before = FakeSocket.all.length;
  await later(32_000);
  assert.equal(FakeSocket.all.length, before + 1);
});

test("a probe that is not answered is a loss; asking twice does not give more time", async () => {
  join();
  await later(10_000);
  link.probe(0);
  await later(900);
  link.probe(0);
  await later(100);
  assert.deepEqual(told, ["joined", "lost"]);
  await later(100);
  assert.equal(FakeSocket.all.length, 2);
});

test("a probe ends the wait for the next attempt, and an attempt that is older than its answer may take", async () => {
  join();
  status = 0;
  for (let i = 0; i < 6; i++) {
    FakeSocket.last.lose();
    await later(2_000);
  }
  FakeSocket.last.lose();
  const before = FakeSocket.all.length;
  link.probe(0);
  await later(0);
  assert.equal(FakeSocket.all.length, before + 1);
  link.probe(0); // it is young
  await later(0);
  assert.equal(FakeSocket.all.length, before + 1);
  await later(1_100);
  link.probe(0);
  await later(250);
  assert.equal(FakeSocket.all.length, before + 2);
});

test("an attempt that does not open is given up soon, every third after 4 s or 12 s, and there is no end to them", async () => {
  join();
  FakeSocket.last.lose();
  const began = Date.now();
  const times: number[] = [];
  let known = FakeSocket.all.length;
  while (Date.now() - began < 3_600_000) {
    await later(100);
    if (FakeSocket.all.length > known) times.push(Date.now() - began);
    known = FakeSocket.all.length;
  }
  const gaps = times.slice(1).map((t, i) => t - times[i]!);
  assert.ok(Math.max(...gaps) < 14_200 && gaps.filter((g) => g < 6_200).length > gaps.length / 2, `${Math.max(...gaps)}`);
  assert.ok(times[times.length - 1]! > 3_580_000);
});

test("after an hour's sleep, in which no timer ran, it comes back at once", async () => {
  join();
  mock.timers.tick(3_600_000); // the watchdog fires when the sleep is over
  await settle();
  assert.deepEqual(told, ["joined", "lost"]);
  await later(100);
  assert.equal(FakeSocket.all.length, 2);
});

test("who leaves says so by a beacon as well", async () => {
  join();
  link.leave();
  assert.deepEqual(FakeSocket.last.sent.at(-1), { type: "leave" });
  link.goodbye(); // the page is closed, too
  assert.deepEqual(beacons, [["/leave", "token"]]);
});

test("a page that is closed while the websocket is lost says so by a beacon", async () => {
  join();
  FakeSocket.last.lose();
  link.goodbye();
  assert.deepEqual(beacons, [["/leave", "token"]]);
  await later(10_000);
  assert.equal(FakeSocket.all.length, 1);
});
