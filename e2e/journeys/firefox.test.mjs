// A participant in Firefox, behind a firewall, and a clinician in Chromium.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { remember } from "../lib/alone.mjs";
import { launchIn, moving, pictures } from "../lib/browser.mjs";
import { firefox, firefoxPage } from "../lib/firefox.mjs";
import { Watch } from "../lib/gaps.mjs";
import { Net, serverName } from "../lib/netns.mjs";
import { clinicianAt, link, startWith } from "../lib/people.mjs";
import { embedded, until } from "../lib/system.mjs";
import { trusting } from "../lib/trust.mjs";
import { goesBy, sound, way } from "../lib/ways.mjs";

describe("Firefox and Chromium", () => {
  let net, home, sys, trust, browsers, clinician, page, name, watches;

  before(async () => {
    net = new Net();
    home = net.client();
    sys = await embedded({ within: net.server, host: serverName }); // Firefox has no TURN over TLS to an address
    trust = trusting(sys);
    browsers = await Promise.all([launchIn(net.server, trust), firefox(home, trust)]);
    console.log(`# Chromium ${browsers[0].version()}, ${await browsers[1].version()}`);
    name = sys.accounts.participants[0].name;
    clinician = await clinicianAt(sys, browsers[0], { record: remember });
    await startWith(clinician, [name]);
  });
  after(async () => {
    for (const watch of watches ?? []) await watch.stop();
    for (const browser of browsers ?? []) await browser.close();
    await sys?.stop();
    net?.remove();
    trust?.remove();
  });

  /** Both see and hear each other. */
  const together = async () => {
    await Promise.all([moving(page, 1), moving(clinician, 1)]);
    for (const at of [page, clinician]) {
      const before = await sound(at);
      await until("more sound", async () => (await sound(at)) > before + 1000);
    }
  };
  /** Prints and returns how long it took until both pictures moved again. */
  const back = async (what, since) => {
    const [there, here] = await Promise.all(watches.map((w) => w.back(since, 40_000)));
    console.log(`# ${what}: Firefox's picture is back after ${there} ms, Chromium's after ${here} ms`);
    return Math.max(there, here);
  };

  /** The participant opens the link in Firefox. */
  const enter = async () => {
    const opened = Date.now();
    page = await firefoxPage(browsers[1], remember);
    await page.goto(link(sys, name));
    await together();
    console.log(`# pictures and sound ${Date.now() - opened} ms after opening the link, by ${await way(page)}`);
  };

  test("TURN over TLS on the port of https, and no other port: pictures and sound both ways", async () => {
    home.only(["tcp 443"], 4);
    await enter();
    await goesBy(page, "turn/tls", clinician, name, "Relay over TLS, IPv4");
    await page.close();
    home.open();
  });

  test("a call: pictures and sound both ways", async () => {
    await enter();
    assert.match(await way(page), /^udp/);
    watches = [new Watch(clinician, name), new Watch(page, (await pictures(page))[0].of)];
  });

  test("the room is killed: both come back by themselves", async () => {
    const [victim] = sys.rooms();
    process.kill(victim.pid, "SIGKILL");
    assert.ok((await back("room killed", Date.now())) <= 8_000);
    await together();
  });

  // The goal names no time after a minute, but that they come back; 11 s were seen on a busy machine.
  for (const [seconds, limit] of [[5, 5_000], [60, 30_000]]) {
    test(`the network goes away for ${seconds} s: both come back by themselves`, async () => {
      home.cut();
      await new Promise((r) => setTimeout(r, 1000 * seconds));
      const at = Date.now();
      home.open();
      assert.ok((await back(`${seconds} s outage`, at)) <= limit);
      await together();
    });
  }

  test("the address is replaced under the browser: both come back by themselves", async () => {
    const at = Date.now();
    home.move();
    assert.ok((await back("address replaced", at)) <= 8_000);
    await together();
  });

  test("nothing went wrong in the page", () => { // but what Firefox says of a network that was gone for so long
    assert.deepEqual(page.problems.filter((p) => !/WebSocket|can’t establish|connection to|NS_ERR|403|NetworkError|ICE failed/.test(p)), []);
  });
});
