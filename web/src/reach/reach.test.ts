import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Exchange } from "../media/connectivity.ts";
import { Reach } from "./reach.ts";

/** The page's events and network, as far as Reach looks at them. */
class Network extends EventTarget {
  type: string | undefined = "wifi";
}
let page: EventTarget;
let network: Network;
let asked: AbortSignal[];
let answers: "never" | "away";
const exchange: Exchange = {
  relays: (signal) => {
    asked.push(signal);
    return answers === "away" ? Promise.reject(new Error("away")) : new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
  },
  answer: async () => "",
};

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  page = new EventTarget();
  network = new Network();
  asked = [];
  answers = "never";
  const listen = page.addEventListener.bind(page);
  Object.defineProperty(globalThis, "addEventListener", { value: listen, configurable: true, writable: true });
  Object.defineProperty(globalThis, "navigator", { value: { connection: network }, configurable: true });
});
afterEach(() => mock.timers.reset());

const running = (): number => asked.filter((s) => !s.aborted).length;
const settle = (): Promise<void> => new Promise((r) => setImmediate(r));

test("the network is tested from start to stop, one test at a time", () => {
  const reach = new Reach(exchange);
  reach.start();
  reach.start();
  mock.timers.tick(0);
  assert.equal(running(), 1);
  reach.again(); // one is running
  mock.timers.tick(0);
  assert.equal(asked.length, 1);
  reach.stop();
  assert.equal(running(), 0);
  assert.equal(reach.running.value, false);
  page.dispatchEvent(new Event("online"));
  reach.again();
  mock.timers.tick(60_000);
  assert.equal(asked.length, 1, "after stop nothing is tested: a call has begun");
});

test("another network is tested anew, an estimate that changes only now and then", () => {
  const reach = new Reach(exchange);
  reach.start();
  mock.timers.tick(0);
  page.dispatchEvent(new Event("offline"));
  assert.equal(running(), 0);
  page.dispatchEvent(new Event("online"));
  mock.timers.tick(1_000);
  assert.equal(asked.length, 2);
  network.dispatchEvent(new Event("change")); // still wifi
  mock.timers.tick(60_000);
  assert.equal(asked.length, 2);
  network.type = "cellular";
  network.dispatchEvent(new Event("change"));
  mock.timers.tick(1_000);
  assert.equal(asked.length, 3);
  reach.stop();
});

test("a test that does not work is no finding about the network", async () => {
  answers = "away";
  const reach = new Reach(exchange);
  reach.start();
  mock.timers.tick(0);
  await settle();
  assert.deepEqual(reach.finding.value, { best: "unknown", tried: [] });
  assert.equal(reach.running.value, false);
  answers = "never";
  reach.again();
  mock.timers.tick(0);
  reach.stop();
  await settle();
  assert.deepEqual(reach.finding.value, { best: "unknown", tried: [] }, "one that was ended changes nothing");
});
