import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Better } from "./better.ts";
import type { Way } from "./way.ts";

const udp = { urls: ["turn:192.0.2.1:3478?transport=udp"], username: "u", credential: "c" };
const servers: RTCIceServer[] = [{ ...udp, urls: [...udp.urls, "turn:192.0.2.1:3478?transport=tcp", "turns:192.0.2.1:443?transport=tcp"] }];

let asked: number;
let taken: RTCIceServer[][];
let better: Better;
let answer: boolean;

beforeEach(() => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  asked = 0;
  taken = [];
  answer = true;
  better = new Better((relays) => taken.push(relays), async (relays) => (assert.deepEqual(relays, [udp]), asked++, answer));
});
afterEach(() => mock.timers.reset());

/** Looks each 2 s. */
async function during(seconds: number, way: Way | undefined, { calm = true, relays = servers } = {}): Promise<void> {
  for (let s = 0; s < seconds; s += 2) {
    better.look(way && { way, ipv6: false }, relays, calm);
    mock.timers.tick(2_000);
    await Promise.resolve();
  }
}

test("a relay over TLS or TCP is left for the one over UDP, which answers", async () => {
  for (const way of ["relayTls", "relayTcp"] as const) {
    better = new Better((relays) => taken.push(relays), async () => true);
    taken = [];
    await during(6, way);
    await during(600, "relayUdp");
    assert.deepEqual(taken, [[udp]]);
  }
});

test("one that does not answer is asked again after minutes, and nothing is done to the call", async () => {
  answer = false;
  await during(290, "relayTls");
  assert.equal(asked, 1);
  await during(30, "relayTls");
  assert.equal(asked, 2);
  assert.deepEqual(taken, []);
});

test("it is asked again at once when the network may be another, unless the better one was taken and did not hold", async () => {
  answer = false;
  await during(10, "relayTls");
  await during(2, "relayTls", { calm: false });
  await during(10, "relayTls");
  assert.equal(asked, 2);
  answer = true;
  for (let i = 0; i < 10; i++) {
    await during(2, "relayTls", { calm: false });
    await during(10, "relayTls");
  }
  assert.equal(asked, 3);
  assert.equal(taken.length, 1);
});

test("other ways stay, without a relay over UDP, and while the connection is being repaired", async () => {
  for (const way of ["udp", "tcp", "relayUdp", undefined] as const) await during(10, way);
  await during(10, "relayTls", { calm: false });
  await during(10, "relayTls", { relays: [{ urls: "turns:192.0.2.1:443?transport=tcp" }] });
  assert.equal(asked, 0);
});

test("an answer that comes when the way is another already is not taken", async () => {
  let come: (yes: boolean) => void = () => undefined;
  better = new Better((relays) => taken.push(relays), () => new Promise((r) => (come = r)));
  await during(6, "relayTls");
  await during(2, "relayUdp");
  come(true);
  await Promise.resolve();
  assert.deepEqual(taken, []);
});
