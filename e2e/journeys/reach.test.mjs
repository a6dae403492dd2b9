// Everyone gets in: a participant behind a firewall that lets through one way only, and a clinician on an open network.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { remember } from "../lib/alone.mjs";
import { launchIn, moving } from "../lib/browser.mjs";
import { Net } from "../lib/netns.mjs";
import { clinicianAt, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { embedded } from "../lib/system.mjs";
import { way } from "../lib/ways.mjs";

/** A call of a clinician beside the server and a participant behind the firewall; host is how people write the server. */
function through(host, cases) {
  describe(`a participant behind a firewall, the server at ${host}`, () => {
    let net, sys, home, clinician, name;
    const browsers = [];

    before(async () => {
      net = new Net();
      home = net.client();
      sys = await embedded({ within: net.server, host });
      for (const place of [net.server, home]) browsers.push(await launchIn(place));
      name = sys.accounts.participants[0].name;
      clinician = await clinicianAt(sys, browsers[0]);
      await startWith(clinician, [name]);
    });
    after(async () => {
      for (const browser of browsers) await browser.close();
      await sys?.stop();
      net?.remove();
    });

    for (const { title, open, family, ways } of cases) {
      test(title, async () => {
        const media = `${sys.roomPort + 10_000}-${sys.roomPort + 10_050}`;
        home.only(["tcp 443", ...open.map((port) => port.replace("media", media))], family);
        const opened = Date.now();
        const page = await participantAt(sys, browsers[1], name, { record: remember });
        await sessionPage(page, 20_000);
        await moving(page, 1, 20_000);
        console.log(`# ${title}: first frames ${Date.now() - opened} ms after opening the link`);
        await moving(clinician, 1, 20_000);
        assert.ok(ways.includes(await way(page)), `the way is ${await way(page)}`);
        await page.context().close();
      });
    }
  });
}

through("10.77.0.1", [
  { title: "UDP to the room", open: ["udp media"], family: 4, ways: ["udp"] },
  { title: "TCP to the room", open: ["tcp media"], family: 4, ways: ["tcp"] },
]);

through("[fd77::1]", [
  { title: "IPv6 alone", open: ["udp media"], family: 6, ways: ["udp ipv6"] },
]);
