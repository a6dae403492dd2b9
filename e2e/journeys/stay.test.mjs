// Everyone stays in: the network changes under a participant's browser, or goes away for a while. Two participants, each
// behind a firewall of their own, in a call with a clinician.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { remember } from "../lib/alone.mjs";
import { launchIn, moving, pictures } from "../lib/browser.mjs";
import { Watch } from "../lib/gaps.mjs";
import { Net } from "../lib/netns.mjs";
import { clinicianAt, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { embedded } from "../lib/system.mjs";

/** At most so long (ms) until both pictures move again. */
const limits = { moved: 20_000, short: 5_000, long: 10_000 };

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

describe("the network under a call", () => {
  let net, sys, clinician, people, long;
  const browsers = [];

  before(async () => {
    net = new Net();
    sys = await embedded({ within: net.server, host: "10.77.0.1" });
    browsers.push(await launchIn(net.server));
    clinician = await clinicianAt(sys, browsers[0]);
    const names = sys.accounts.participants.slice(0, 2).map((p) => p.name);
    await startWith(clinician, names);
    people = [];
    for (const name of names) {
      const home = net.client();
      const browser = await launchIn(home);
      browsers.push(browser);
      const page = await participantAt(sys, browser, name, { record: remember });
      await sessionPage(page);
      people.push({ name, home, page });
    }
    await moving(clinician, 2);
    for (const one of people) {
      await moving(one.page, 2);
      const their = (await pictures(one.page)).map((p) => p.of).find((of) => !names.includes(of));
      one.watches = [new Watch(clinician, one.name), new Watch(one.page, their)];
    }
    const [, second] = people; // their network is gone for a minute, during the other tests
    second.home.cut();
    long = pause(60_000).then(() => {
      second.home.open();
      return Date.now();
    });
  });
  after(async () => {
    for (const watch of people?.flatMap((p) => p.watches ?? []) ?? []) await watch.stop();
    for (const browser of browsers) await browser.close();
    await sys?.stop();
    net?.remove();
  });

  /** When both pictures move again, ms after since: what the clinician sees, what the participant sees. */
  const back = (one, since, ms) => Promise.all(one.watches.map((w) => w.back(since, ms)));

  test("the address is replaced under the browser: pictures both ways soon", async () => {
    const [first] = people;
    const at = Date.now();
    first.home.move();
    const [there, here] = await back(first, at, 30_000);
    console.log(`# address replaced: the participant's picture is back after ${there} ms, the clinician's after ${here} ms`);
    assert.ok(Math.max(there, here) <= limits.moved);
  });

  test("5 s without network: pictures both ways soon after its return", async () => {
    const [first] = people;
    first.home.cut();
    await pause(5000);
    first.home.open();
    const at = Date.now();
    const [there, here] = await back(first, at, 30_000);
    console.log(`# 5 s outage: the participant's picture is back after ${there} ms, the clinician's after ${here} ms`);
    assert.ok(Math.max(there, here) <= limits.short);
  });

  test("60 s without network: pictures both ways come back by themselves", async () => {
    const at = await long;
    const [there, here] = await back(people[1], at, 30_000);
    console.log(`# 60 s outage: the participant's picture is back after ${there} ms, the clinician's after ${here} ms`);
    assert.ok(Math.max(there, here) <= limits.long);
  });
});
