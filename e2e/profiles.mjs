// Measures the network profiles with real browsers. node profiles.mjs [--quick] [--seconds N] [--only text] [--camera 1280x720] [--json file] [--write]
// --quick: those of `make test-browser`; --only: profiles with this in their name; --write: into docs/network-profiles.md and .json.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { beyond, cases, table } from "./lib/profiles.mjs";
import { Bench } from "./lib/run-profile.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean" }, seconds: { type: "string" }, only: { type: "string", multiple: true }, camera: { type: "string", default: "640x480" },
    seed: { type: "string", default: "1" }, json: { type: "string" }, write: { type: "boolean" },
  },
});
const wanted = cases.filter((c) => (!flags.quick || c.quick) && (!flags.only || flags.only.some((o) => `${c.way} ${c.name}`.includes(o))));

const bench = await Bench.start({ camera: flags.camera, seed: Number(flags.seed) });
const results = [];
try {
  for (const test of wanted) {
    const done = await bench.run(test, { seconds: test.step ? test.seconds : Number(flags.seconds ?? 10) });
    results.push(done);
    console.error(`${test.way} ${test.name}: ${done.starved || beyond(test.limits, done.judged).join("; ") || "within limits"} (busy ${Math.round(100 * done.busy)} %)`);
  }
} finally {
  await bench.stop();
}
const text = table(results);
console.log(text);
const json = JSON.stringify({ at: new Date().toISOString(), camera: flags.camera, control: bench.control, results }, null, 1) + "\n";
if (flags.json) writeFileSync(flags.json, json);
if (flags.write) {
  const page = new URL("../docs/network-profiles.md", import.meta.url);
  writeFileSync(page, readFileSync(page, "utf8").replace(/(<!-- figures -->\n)[^]*?(<!-- end -->)/, (_, before, after) => before + text + after));
  writeFileSync(new URL("../docs/network-profiles.json", import.meta.url), json);
}
