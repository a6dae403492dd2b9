// The network profiles: what each does to the path of one person (the patient), how long it is measured, and what the
// measurement has to be like. docs/network-profiles.md tells the method.

/** Whose picture and sound are measured: down, what the patient receives; up, what the others receive of the patient. */
const down = (profile, back = {}) => ({ way: "down", profile: { down: profile, up: back } });
const up = (profile, back = {}) => ({ way: "up", profile: { up: profile, down: back } });

// 100 ms of round trip are 50 ms each way.
const far = { delay_ms: 50 };
const farther = { delay_ms: 100, jitter_ms: 25 };
const narrow = (kbps) => ({ kbps, queue_ms: 500 }); // what home routers hold, or more

/**
 * Limits are wide: what a machine with two processors keeps while others work on it. Goals are what it should be.
 *   frozen     share of the time in freezes, at most     smooth     frames shown, as a share of those without impairment, at least
 *   concealed  share of the sound made up, at most       audioGone  packets lost after repair, at most
 *   other      share of the time in freezes for a third person, who has a good network, at most
 *   back       ms until all is as before, at most        kbps       of video and sound together, at most
 *   lower      ms until no more is sent than the link carries, at most
 */
export const cases = [
  { name: "no impairment", ...down({}), quick: true, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.02 } },
  { name: "loss 1 %", ...down({ loss: 0.01 }), limits: { frozen: 0.03, smooth: 0.7, concealed: 0.02, back: 5000 } },
  { name: "loss 5 %", ...down({ loss: 0.05 }), quick: true, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.03, back: 5000 } },
  { name: "loss 10 %", ...down({ loss: 0.1 }), quick: true, limits: { frozen: 0.1, smooth: 0.6, concealed: 0.04, back: 5000 }, goal: { concealed: 0.01 } },
  { name: "loss 20 %", ...down({ loss: 0.2 }), quick: true, limits: { frozen: 0.3, smooth: 0.4, concealed: 0.12, back: 8000 } },
  { name: "bursts: loss 5 %, 4 packets", ...down({ loss: 0.05, burst: 4 }), quick: true, limits: { frozen: 0.15, smooth: 0.6, concealed: 0.05, back: 5000 } },
  { name: "bursts: loss 5 %, 8 packets", ...down({ loss: 0.05, burst: 8 }), limits: { frozen: 0.2, smooth: 0.5, concealed: 0.06, back: 5000 } },
  { name: "loss 5 %, rtt 100 ms", ...down({ loss: 0.05, ...far }, far), quick: true, settle: 6, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.03, back: 5000 }, goal: { frozen: 0.005 } },
  { name: "loss 10 %, rtt 100 ms", ...down({ loss: 0.1, ...far }, far), settle: 6, limits: { frozen: 0.15, smooth: 0.6, concealed: 0.04, back: 6000 }, goal: { concealed: 0.01 } },
  { name: "rtt 200 ms, jitter 50 ms", ...down(farther, farther), quick: true, settle: 8, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.03, back: 5000 } },
  { name: "rtt 200 ms, jitter 50 ms, reordered", ...down({ ...farther, reorder: true }, { ...farther, reorder: true }), settle: 8, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.03, back: 5000 } },
  { name: "1 Mbit/s", ...down(narrow(1000)), quick: true, settle: 6, limits: { frozen: 0.1, smooth: 0.5, concealed: 0.03, kbps: 1000, back: 15_000 } },
  { name: "300 kbit/s", ...down(narrow(300)), quick: true, settle: 6, limits: { frozen: 0.2, smooth: 0.3, concealed: 0.05, kbps: 300, back: 20_000 } },
  { name: "300 kbit/s, and a third person without", ...down(narrow(300)), third: true, settle: 10, limits: { frozen: 0.2, concealed: 0.05, other: 0.05, back: 20_000 } },
  { name: "step 3 to 0.5 to 3 Mbit/s", ...down(narrow(500)), quick: true, settle: 0, seconds: 10, step: 500, before: { down: narrow(3000) }, limits: { lower: 3000, audioGone: 25, back: 20_000 }, goal: { lower: 1000, audioLost: 0, back: 10_000 } },
  { name: "loss 5 %, rtt 100 ms", ...up({ loss: 0.05, ...far }, far), quick: true, settle: 8, limits: { frozen: 0.05, smooth: 0.7, concealed: 0.03, back: 5000 }, goal: { frozen: 0.005 } },
  { name: "loss 10 %", ...up({ loss: 0.1 }), limits: { frozen: 0.1, smooth: 0.6, concealed: 0.04, back: 8000 }, goal: { concealed: 0.01 } },
  { name: "bursts: loss 5 %, 4 packets", ...up({ loss: 0.05, burst: 4 }), limits: { frozen: 0.15, smooth: 0.6, concealed: 0.05, back: 8000 } },
  { name: "1 Mbit/s", ...up(narrow(1000)), settle: 8, limits: { frozen: 0.15, smooth: 0.5, concealed: 0.03, kbps: 1000, back: 20_000 } },
  { name: "300 kbit/s", ...up(narrow(300)), quick: true, settle: 8, limits: { frozen: 0.25, smooth: 0.3, concealed: 0.05, kbps: 300, back: 30_000 } },
  { name: "step 3 to 0.5 to 3 Mbit/s", ...up(narrow(500)), settle: 0, seconds: 10, step: 500, before: { up: narrow(3000) }, limits: { lower: 4000, audioGone: 50, back: 30_000 }, goal: { lower: 1000, audioLost: 0, back: 10_000 } },
];

const units = {
  frozen: ["of the time frozen", (v) => `${(100 * v).toFixed(1)} %`, "most"],
  smooth: ["of the usual frames shown", (v) => `${(100 * v).toFixed(0)} %`, "least"],
  concealed: ["of the sound concealed", (v) => `${(100 * v).toFixed(1)} %`, "most"],
  audioLost: ["sound packets lost, on the way", (v) => `${v}`, "most"],
  audioGone: ["sound packets lost, after repair", (v) => `${v}`, "most"],
  kbps: ["kbit/s received", (v) => v.toFixed(0), "most"],
  other: ["of the time frozen for somebody whose network is good", (v) => `${(100 * v).toFixed(1)} %`, "most"],
  back: ["until everything is as before", time, "most"],
  lower: ["until no more is sent than the link carries", time, "most"],
};

function time(ms) {
  return ms === undefined ? "never" : `${(ms / 1000).toFixed(1)} s`;
}

/** What of a result is beyond limits, in words; [] when all is well. A time that never came is beyond any. */
export function beyond(limits, result) {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const [what, words, kind] = units[name];
    const value = result[name];
    const fine = value !== undefined && (kind === "most" ? value <= limit : value >= limit);
    return fine ? [] : [`${words(value)} ${what}, at ${kind} ${words(limit)}`];
  });
}

const header = ["way", "profile", "frozen", "longest gap", "frames/s", "height", "kbit/s", "concealed", "sound packets lost, after repair", "sound delay", "lower after", "back after", "goals"];

/** A table of results in Markdown. */
export function table(results) {
  const rows = results.map(({ test, result, starved }) => [
    test.way, test.name, units.frozen[1](result.frozen), `${Math.round(result.longest)} ms`, result.shown.toFixed(1), `${result.height}`, result.kbps.toFixed(0),
    units.concealed[1](result.concealed), `${result.audioLost} of ${result.audioPackets + result.audioLost}, ${result.audioGone}`, `${result.audioDelay.toFixed(0)} ms`,
    test.step ? time(result.lower) : "", "back" in result ? time(result.back) : "",
    starved ? `no verdict: ${starved}` : test.goal ? (beyond(test.goal, result).length ? "missed" : "met") : "",
  ]);
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n") + "\n";
}
