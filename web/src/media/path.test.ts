import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Path } from "./path.ts";

let done: string[];
let path: Path;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  done = [];
  path = new Path({ restart: () => done.push("restart"), rejoin: () => done.push("rejoin") });
});
afterEach(() => mock.timers.reset());

test("a connection that recovers by itself is left alone", () => {
  path.state("connecting");
  mock.timers.tick(3000);
  path.state("connected");
  path.state("disconnected");
  mock.timers.tick(2000);
  path.state("connected");
  mock.timers.tick(60_000);
  assert.deepEqual(done, []);
});

test("a path that is lost is looked for again, then the connection is replaced", () => {
  path.state("connected");
  path.state("disconnected");
  mock.timers.tick(2500);
  assert.deepEqual(done, ["restart"]);
  mock.timers.tick(7000);
  mock.timers.tick(2000);
  assert.deepEqual(done, ["restart", "rejoin"]);
});

test("a failed connection is helped at once", () => {
  path.state("failed");
  mock.timers.tick(0);
  assert.deepEqual(done, ["restart"]);
  path.state("connected");
  mock.timers.tick(60_000);
  assert.deepEqual(done, ["restart"]);
});

test("a broken negotiation needs a new connection", () => {
  path.broken();
  mock.timers.tick(0);
  mock.timers.tick(2000);
  assert.deepEqual(done, ["rejoin"]);
});

test("nothing is done while the websocket is lost", () => {
  path.state("failed");
  path.stop();
  mock.timers.tick(60_000);
  assert.deepEqual(done, []);
});
