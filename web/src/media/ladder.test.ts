import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Flow } from "./flow.ts";
import { Ladder, type Look } from "./ladder.ts";

/** What a look sees when all is well. */
const well: Look = { flow: { path: true, came: new Set(["t"]), sent: true, heard: true }, state: "connected", expected: new Set(["t"]) };
const dead: Look = { ...well, flow: { path: false, came: new Set(), sent: true, heard: false } };
const quiet: Look = { flow: { path: false, came: new Set(), sent: false, heard: false }, state: "connected", expected: new Set() };

let done: string[];
let began: number;
let ladder: Ladder;
let answers: boolean; // the websocket

/** see adds to what is done when: "step@seconds". */
function note(what: string): void {
  done.push(`${what}@${((Date.now() - began) / 1000).toFixed(1)}`);
}

function seen(more: Partial<Flow>, look: Look = well): Look {
  return { ...look, flow: { ...look.flow, ...more } };
}

/** during looks twice a second. */
function during(seconds: number, look: Look): void {
  for (let i = 0; i < 2 * seconds; i++) {
    mock.timers.tick(500);
    ladder.look(look);
  }
}

/** from begins the clock of what is done. */
function from(): void {
  done = [];
  began = Date.now();
}

/** steps are those of what was done that are no probes. */
function steps(): string[] {
  return done.filter((d) => !d.startsWith("probe"));
}

beforeEach(() => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  mock.method(Math, "random", () => 0);
  answers = true;
  from();
  ladder = new Ladder({
    probe: () => {
      note("probe");
      if (answers) ladder.answered();
    },
    restart: () => note("restart"),
    fresh: () => {
      note("fresh");
      ladder.unlinked();
      ladder.joined(true, "new");
    },
    rejoin: () => {
      note("rejoin");
      ladder.unlinked();
      ladder.joined(true, "new");
    },
  });
  ladder.joined(true, "new");
  during(20, well);
  from();
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("a connection on which media flows is left alone, whatever happens in between", () => {
  for (let i = 0; i < 20; i++) {
    during(1, dead);
    during(3, well);
  }
  assert.deepEqual(steps(), []);
});

test("a path on which nothing comes is looked for again, and the websocket asked; then the connection is replaced, then the peer", () => {
  during(60, dead);
  assert.deepEqual(done.slice(0, 4), ["probe@1.0", "probe@1.5", "restart@1.5", "fresh@6.5"]);
  assert.equal(steps().slice(0, 5).map((s) => s.split("@")[0]).join(), "restart,fresh,fresh,fresh,rejoin");
});

test("a state that says connected proves nothing: the next step is taken while nothing flows", () => {
  during(6, dead);
  during(20, seen({ came: new Set() })); // the restart found a path, and still no picture
  assert.deepEqual(steps().slice(0, 2), ["restart@1.5", "fresh@6.5"]);
});

test("a step that brought media back is the last one", () => {
  during(2.5, dead);
  during(60, well);
  assert.deepEqual(steps(), ["restart@1.5"]);
});

test("connected but black: the path lives, what should come does not", () => {
  during(11, seen({ came: new Set() }));
  assert.deepEqual(steps(), ["fresh@10.5"]);
});

test("connected but unheard: the room does not report what is sent", () => {
  during(11, seen({ heard: false }));
  assert.deepEqual(steps(), ["fresh@10.5"]);
});

test("what new connections do not help against is left to the room for a while", () => {
  during(180, seen({ heard: false }));
  const n = steps().length;
  assert.ok(n >= 4 && n <= 8, steps().join(" "));
});

test("nothing to send and to receive is no fault, as long as checks are answered now and then", () => {
  for (let i = 0; i < 30; i++) {
    during(2.5, quiet);
    during(0.5, seen({ path: true }, quiet));
  }
  assert.deepEqual(done, []);
  during(9, quiet);
  assert.deepEqual(steps(), ["restart@98.5"]);
});

test("one interruption does not make the next one longer", () => {
  during(2, dead);
  during(3, well);
  from();
  ladder.hint();
  during(0.5, dead);
  assert.deepEqual(steps(), ["restart@0.5"]);
});

test("it is looked more often when there is a reason to, and not for long", () => {
  const paces = (): number => ladder.pace;
  assert.equal(paces(), 500);
  ladder.hint();
  assert.equal(paces(), 100);
  during(4, well);
  assert.equal(paces(), 500);
  during(0.5, dead);
  assert.equal(paces(), 100);
  during(2, dead); // a restart is under way
  assert.equal(paces(), 250);
  ladder.unlinked();
  assert.equal(paces(), 250);
});

test("after the loss of the websocket a path that has just fallen silent is looked for soon", () => {
  during(0.5, dead);
  ladder.unlinked();
  ladder.joined(false, "connected");
  assert.deepEqual(steps(), []);
  during(0.5, dead);
  assert.deepEqual(steps(), ["restart@1.0"]);
});

test("ICE is restarted when the websocket has answered, or is there again; not before, and not if media came back first", () => {
  answers = false;
  during(3, dead);
  assert.deepEqual(steps(), []);
  ladder.answered();
  ladder.answered();
  assert.deepEqual(steps(), ["restart@3.0"]);
  during(20, well);
  from();
  during(3, dead);
  ladder.unlinked();
  during(2, dead);
  ladder.joined(false, "connected");
  assert.deepEqual(steps(), ["restart@5.0"]);
  during(20, well);
  from();
  during(2, dead);
  during(0.5, well);
  ladder.answered();
  assert.deepEqual(steps(), []);
});

test("who sends little is given more time", () => {
  for (let i = 0; i < 10; i++) {
    during(1.5, dead);
    during(0.5, well);
  }
  from();
  during(3.5, dead);
  assert.deepEqual(steps(), []);
  during(1, dead);
  assert.equal(steps().length, 1);
});

test("a browser that says disconnected or failed is believed at once", () => {
  ladder.look({ ...dead, state: "disconnected" });
  assert.deepEqual(steps(), ["restart@0.0"]);
});

test("a hint leads to a quick look: to nothing when media flows, to a restart when it does not", () => {
  ladder.hint();
  during(5, well);
  assert.deepEqual(done, ["probe@0.0"]);
  from();
  ladder.hint();
  during(1, dead);
  assert.deepEqual(steps(), ["restart@0.5"]);
});

test("while the websocket is lost nothing is done; when it is back, at once", () => {
  ladder.unlinked();
  during(30, dead);
  assert.deepEqual(done, []);
  ladder.joined(false, "connected");
  assert.deepEqual(steps(), ["restart@30.0"]);
});

test("a websocket that comes back does not disturb media that flows", () => {
  ladder.unlinked();
  during(5, well);
  ladder.joined(false, "connected");
  during(5, well);
  assert.deepEqual(done, []);
});

test("after an hour's sleep it looks at once, and what it did not see in between is no fault", () => {
  mock.timers.tick(3_600_000);
  ladder.look(well);
  during(10, well);
  assert.deepEqual(done, ["probe@3600.0"]);
});

test("after an hour's sleep a path that is gone is looked for within a second", () => {
  mock.timers.tick(3_600_000);
  ladder.look(dead);
  assert.deepEqual(done, ["probe@3600.0"]);
  during(1, dead);
  assert.deepEqual(steps(), ["restart@3600.5"]);
});

test("a step that was taken before a sleep has its time after it", () => {
  during(3, dead);
  mock.timers.tick(3_600_000);
  during(4, dead);
  assert.deepEqual(steps(), ["restart@1.5"]);
  during(2, dead);
  assert.equal(steps().length, 2);
});

test("new connections are few, and there is no end to them", () => {
  during(3600, dead);
  const times = steps().filter((s) => !s.startsWith("restart")).map((s) => Number(s.split("@")[1]));
  for (const t of times) assert.ok(times.filter((o) => o >= t && o < t + 60).length <= 6, `more than 6 in the minute after ${t}`);
  assert.ok(times.length > 80, `${times.length} in an hour`);
  assert.ok(times.some((t) => t > 3550));
});

test("when nobody publishes there is no connection to wait for", () => {
  ladder.joined(true, "new");
  during(100, { ...quiet, state: "new" });
  assert.deepEqual(done, []);
});

test("a first path may take ten seconds", () => {
  ladder.joined(true, "new");
  during(9.5, { ...quiet, state: "connecting" });
  assert.deepEqual(done, []);
  during(1, { ...quiet, state: "connecting" });
  assert.equal(steps()[0]?.split("@")[0], "fresh");
});

test("a broken negotiation needs a new connection", () => {
  ladder.broken();
  assert.deepEqual(steps(), ["fresh@0.0"]);
});

test("a broken negotiation has its new connection as soon as there may be one, whatever flows meanwhile", () => {
  for (let i = 0; i < 6; i++) ladder.broken();
  during(5, well);
  assert.equal(steps().length, 6);
  ladder.broken();
  during(65, well);
  assert.equal(steps().length, 7, "too many in that minute");
  from();
  ladder.unlinked();
  ladder.broken();
  during(5, well);
  assert.deepEqual(steps(), []);
  ladder.joined(false, "connected");
  during(2, well);
  assert.equal(steps().length, 1, "while the websocket was lost");
  from();
  during(60, well);
  assert.deepEqual(steps(), []);
});

test("a restart without addresses is followed by a new connection at once, and by no more than six in a minute", () => {
  ladder.lost(); // nothing was being looked for
  assert.deepEqual(done, []);
  for (let i = 0; i < 8; i++) {
    ladder.look({ ...well, state: "disconnected", flow: dead.flow });
    assert.equal(ladder.searches, true);
    ladder.lost();
    during(1, well);
  }
  assert.equal(steps().filter((s) => s.startsWith("fresh")).length, 6);
});
