import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { best, type Exchange, only, type Outcome, type Tried, tryWays } from "./connectivity.ts";
import { type Way, ways } from "./way.ts";

/** A connection whose way the test opens or not. */
class FakeConnection {
  static all: FakeConnection[] = [];
  static open: (c: FakeConnection) => boolean = () => true;
  /** What comes back of a message. */
  static echo = (text: string): string => text;
  localDescription = { sdp: "offer" };
  closed = false;
  remote = "";
  channel = {
    readyState: "connecting", onopen: undefined as (() => void) | undefined, onclose: undefined, onmessage: undefined as ((e: { data: string }) => void) | undefined,
    send: (text: string) => queueMicrotask(() => this.channel.onmessage?.({ data: FakeConnection.echo(text) })),
  };
  constructor(readonly config: RTCConfiguration) {
    FakeConnection.all.push(this);
  }
  createDataChannel(): unknown {
    return this.channel;
  }
  async setLocalDescription(): Promise<void> {}
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.remote = sdp;
    if (!FakeConnection.open(this)) return;
    this.channel.readyState = "open";
    queueMicrotask(() => this.channel.onopen?.());
  }
  close(): void {
    this.closed = true;
  }
}

const answer = "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\na=candidate:2 1 tcp 1 192.0.2.1 1 typ host tcptype passive\r\n";
const relays = [{ urls: ["turn:h?transport=udp", "turns:h?transport=tcp"] }];
const exchange = (more: Partial<Exchange> = {}): Exchange => ({ relays: async () => relays, answer: async () => answer, ...more });

beforeEach(() => {
  FakeConnection.all = [];
  FakeConnection.open = () => true;
  FakeConnection.echo = (text) => text;
  mock.timers.enable({ apis: ["setTimeout"] });
  (globalThis as { RTCPeerConnection?: unknown }).RTCPeerConnection = FakeConnection;
});
afterEach(() => mock.timers.reset());

const settle = (): Promise<void> => new Promise((r) => setImmediate(() => setImmediate(r)));

/** outcomes runs a test to its end, with a time limit that passes at once. */
async function outcomes(e: Exchange, signal = new AbortController().signal): Promise<string[]> {
  let last: Tried[] = [];
  const running = tryWays(e, (tried) => (last = tried), signal);
  await settle();
  mock.timers.tick(6_000);
  await running;
  return last.map((t) => t.outcome);
}

test("each way is tried by itself, and closed", async () => {
  assert.deepEqual(await outcomes(exchange()), ["works", "works", "works", "notOffered", "works"]);
  const by = (f: (c: FakeConnection) => boolean): FakeConnection[] => FakeConnection.all.filter(f);
  assert.equal(by((c) => c.config.iceTransportPolicy === "relay").length, 2);
  assert.equal(by((c) => c.remote.includes(" tcp 1 ") && !c.remote.includes(" udp 1 ")).length, 1);
  assert.deepEqual(by((c) => c.config.iceTransportPolicy === "relay").map((c) => c.config.iceServers?.[0]?.urls), [["turn:h?transport=udp"], ["turns:h?transport=tcp"]]);
  assert.ok(FakeConnection.all.every((c) => c.closed));
});

test("what does not come back in time is blocked", async () => {
  FakeConnection.open = (c) => c.config.iceTransportPolicy === "relay";
  assert.deepEqual(await outcomes(exchange()), ["blocked", "blocked", "works", "notOffered", "works"]);
  FakeConnection.open = () => true;
  FakeConnection.echo = () => "something else";
  assert.deepEqual(await outcomes(exchange()), ["blocked", "blocked", "blocked", "notOffered", "blocked"]);
  assert.ok(FakeConnection.all.every((c) => c.closed));
});

test("ways that are slower than another get less time", async () => {
  FakeConnection.open = (c) => c.config.iceTransportPolicy === "relay";
  let last: Tried[] = [];
  let over = false;
  const running = tryWays(exchange(), (tried) => (last = tried), new AbortController().signal).then(() => (over = true));
  await settle();
  mock.timers.tick(2_999);
  await settle();
  assert.equal(over, false);
  mock.timers.tick(1);
  await running;
  assert.equal(best(last), "relayUdp");
});

test("a server that does not answer says nothing of the network", async () => {
  const busy = exchange({ answer: async () => Promise.reject(new Error("busy")) });
  assert.deepEqual(await outcomes(busy), ["unknown", "unknown", "unknown", "notOffered", "unknown"]);
  await assert.rejects(tryWays(exchange({ relays: async () => Promise.reject(new Error("away")) }), () => undefined, new AbortController().signal));
});

test("a test that is ended closes everything and tells nothing more", async () => {
  FakeConnection.open = () => false;
  const stop = new AbortController();
  let told = 0;
  const running = tryWays(exchange(), () => told++, stop.signal);
  await settle();
  const before = told;
  stop.abort();
  await running;
  assert.equal(told, before);
  assert.ok(FakeConnection.all.length === 4 && FakeConnection.all.every((c) => c.closed));
});

test("only candidates of the way are kept", () => {
  assert.equal(only("tcp", answer).match(/candidate/g)?.length, 1);
  assert.match(only("tcp", answer), /passive/);
  assert.doesNotMatch(only("relayTls", answer), /passive/);
});

test("the best way is known once those before it are decided", () => {
  const tried = (...outcomes: Outcome[]): Tried[] => outcomes.map((outcome, i) => ({ way: ways[i] as Way, outcome }));
  assert.equal(best(tried("works", "trying", "trying", "trying", "trying")), "udp");
  assert.equal(best(tried("trying", "works", "trying", "trying", "works")), undefined);
  assert.equal(best(tried("blocked", "blocked", "notOffered", "notOffered", "works")), "relayTls");
  assert.equal(best(tried("blocked", "unknown", "notOffered", "notOffered", "works")), "relayTls");
  assert.equal(best(tried("blocked", "blocked", "blocked", "notOffered", "blocked")), "nothing");
  assert.equal(best(tried("blocked", "unknown", "blocked", "blocked", "blocked")), "unknown");
});
