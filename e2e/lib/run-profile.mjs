// Runs network profiles on a call of two people: Ann has a good network, that of Bob is impaired.
import { readFileSync } from "node:fs";
import { Call } from "./call.mjs";
import { fits } from "./netpath.mjs";
import { until } from "./system.mjs";
import { Timeline } from "./timeline.mjs";

const percent = (v) => `${(100 * v).toFixed(0)} %`;
const pause = (seconds) => new Promise((r) => setTimeout(r, 1000 * seconds));

export class Bench {
  static async start(options) {
    const bench = new Bench();
    bench.call = await Call.start(["Ann", "Bob"], options);
    [bench.ann, bench.bob] = bench.call.people;
    const began = Date.now();
    await until("both see each other", async () => (await Promise.all([bench.seen("down", began), bench.seen("up", began)])).every((s) => s.shown > 1), 20_000, 250).catch(async (err) => {
      await bench.stop();
      throw err;
    });
    await pause(4); // the first seconds' search for the bandwidth
    for (let i = 0; i < 3; i++) {
      const [from, to] = [Date.now(), (await pause(5), Date.now())];
      bench.control = { down: await bench.seen("down", from, to), up: await bench.seen("up", from, to) };
      if (bench.control.down.frozen + bench.control.up.frozen < 0.02) break; // otherwise others use the machine
    }
    return bench;
  }

  /** What was received between two times: down, by Bob of Ann; up, by Ann of Bob. */
  async seen(way, from, to = Date.now()) {
    const [at, of] = way === "down" ? [this.bob, this.ann] : [this.ann, this.bob];
    return (await Timeline.of(at.page, from - 1000)).between(of.name, from, to);
  }

  async timeline(way, from) {
    return Timeline.of((way === "down" ? this.bob : this.ann).page, from - 1000);
  }

  /** Runs one case. The other direction, which nothing is done to, shows at the same time what the machine can do. */
  async run(test, { seconds = test.seconds ?? 10 } = {}) {
    const name = test.way === "down" ? this.ann.name : this.bob.name;
    const third = test.third && (await this.call.add("Cleo"));
    if (test.before) {
      await this.bob.path.set(test.before);
      await pause(2);
    }
    const before = await this.bob.path.report();
    const load = processors();
    const watched = this.bob.path.watch();
    await this.bob.path.set(test.profile);
    const began = Date.now();
    await pause(test.settle ?? 3);
    const from = Date.now();
    await pause(seconds);
    const to = Date.now();
    const line = await this.timeline(test.way, began);
    // When there is room for one of two pictures, the room chooses.
    const [result] = [name, ...(third ? [third.name] : [])].map((n) => line.between(n, from, to)).sort((a, b) => a.frozen - b.frozen);
    const beside = await this.seen(test.way === "down" ? "up" : "down", from, to);
    const busy = processors().since(load);
    const after = await this.bob.path.report();
    result.smooth = result.shown / Math.max(1, Math.min(this.control[test.way].shown, beside.shown));
    result.path = Object.fromEntries(["packets", "lost", "dropped", "late_over_5ms"].map((f) => [f, after[test.way][f] - before[test.way][f]]));
    const notes = watched();
    if (third) result.other = (await Timeline.of(third.page, from - 1000)).between(this.ann.name, from, to).frozen;
    if (test.step) result.lower = fits(notes, test.way, test.step, began);
    await this.bob.path.set(test.before ?? {});
    if (third) await this.call.remove(third); // beside a third one, pictures are shown smaller than in the control measurement
    if (test.limits.back) result.back = await this.back(test, name, Date.now());
    if (test.before) await this.bob.path.set({});
    return { test, result, judged: judged(result, beside, busy), beside, busy, starved: this.starved(test, result, beside, busy) };
  }

  /** Waits until all is as in the control measurement; returns how long that took. */
  async back(test, name, at) {
    const end = at + test.limits.back + 2000;
    for (;;) {
      await pause(0.5);
      const back = (await this.timeline(test.way, at)).recovered(name, at, this.control[test.way]);
      if (back !== undefined || Date.now() > end) return back;
    }
  }

  /** Why a result says more about this machine than about the program; "": it does not. */
  starved(test, result, beside, busy) {
    const [control, reference] = test.way === "down" ? [this.control.down, this.control.up] : [this.control.up, this.control.down];
    if (control.shown < 8 || control.frozen > 0.05) {
      return `${control.shown.toFixed(1)} frames/s, ${percent(control.frozen)} of the time frozen without any impairment`;
    }
    if (result.late > 60 || beside.late > 60) return `timers of the pages are ${Math.max(result.late, beside.late).toFixed(0)} ms late`;
    if (result.path.late_over_5ms > 0.1 * result.path.packets) return `${percent(result.path.late_over_5ms / result.path.packets)} of the packets left the relay late`;
    if (busy > 0.85 && (beside.frozen > 0.03 || beside.shown < 0.6 * reference.shown)) {
      return `processors ${percent(busy)} busy, and the way that is not impaired froze for ${percent(beside.frozen)} of the time`;
    }
    return "";
  }

  stop() {
    return this.call.stop();
  }
}

/** From this share of processor time on a machine is busy. */
const busyFrom = 0.9;

/** A result less what a busy machine has done to it: so much of the time, 5 % at most, the way that is not impaired froze as well. */
function judged(result, beside, busy) {
  const own = busy < busyFrom ? 0 : Math.min(0.05, beside.frozen);
  const less = (share) => share && Math.max(0, share - own);
  return { ...result, frozen: less(result.frozen), other: less(result.other) };
}

/** Time that the processors have spent so far; since gives the share that was not idle. */
function processors() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).slice(1).map(Number);
  const now = { busy: user + nice + system + irq + softirq + steal, idle: idle + iowait };
  now.since = (before) => (now.busy - before.busy) / Math.max(1, now.busy - before.busy + now.idle - before.idle);
  return now;
}
