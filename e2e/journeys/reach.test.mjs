// Everyone gets in, and stays in: participants behind a firewall that lets through one way only; a network that changes under
// a call, or goes away for a while. The clinician's browser is beside the server.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { remember } from "../lib/alone.mjs";
import { launchIn, moving, pictures, room } from "../lib/browser.mjs";
import { Watch } from "../lib/gaps.mjs";
import { Net, serverName6 } from "../lib/netns.mjs";
import { clinicianAt, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { embedded } from "../lib/system.mjs";
import { trusting } from "../lib/trust.mjs";
import { goesBy, relaysByTCP, withoutRelays } from "../lib/ways.mjs";

/** At most so long (ms) until both pictures move again, on a machine that is busy. The goal is 2 s. */
const limits = { moved: 5_000, short: 4_000, long: 5_000, better: 2_000 };

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** A client's network is back; since when (ms). */
function reopened(home) {
  const at = Date.now(); // the firewall passes packets before its program has ended
  home.open();
  return at;
}

/** A server, a session on it of a clinician and participants, and a network between them. */
class Clinic {
  browsers = [];
  /** host: how people write the server; count: of participants. */
  async open(host, count) {
    this.net = new Net();
    this.sys = await embedded({ within: this.net.server, host });
    this.trust = trusting(this.sys);
    this.clinician = await clinicianAt(this.sys, await this.browser(this.net.server), { ignoreHTTPSErrors: false });
    this.people = this.sys.accounts.participants.slice(0, count).map(({ name }) => ({ name, home: this.net.client() }));
    await startWith(this.clinician, this.people.map((p) => p.name));
    for (const one of this.people) {
      await one.home.names();
      one.browser = await this.browser(one.home);
    }
  }
  async browser(place) {
    const browser = await launchIn(place, this.trust);
    this.browsers.push(browser);
    return browser;
  }
  /** A participant opens their link and is in the session. */
  async enter(one, ...scripts) {
    one.page = await participantAt(this.sys, one.browser, one.name, { record: [...scripts, remember], ignoreHTTPSErrors: false });
    await sessionPage(one.page);
    await moving(one.page, 1);
    return one.page;
  }
  /** From now on both pictures are watched: what the clinician sees of them, and what they see of the clinician. */
  async watch(one) {
    const names = this.people.map((p) => p.name);
    const theirs = (await pictures(one.page)).map((p) => p.of).find((of) => !names.includes(of));
    one.watches = [new Watch(this.clinician, one.name), new Watch(one.page, theirs)];
  }
  /** Prints and returns when (ms after since) both pictures moved again. */
  async back(one, what, since) {
    const [there, here] = await Promise.all(one.watches.map((w) => w.back(since, 40_000)));
    console.log(`# ${what}: the participant's picture is back after ${there} ms, the clinician's after ${here} ms`);
    return Math.max(there, here);
  }
  async close() {
    for (const watch of this.people?.flatMap((p) => p.watches ?? []) ?? []) await watch.stop();
    for (const browser of this.browsers) await browser.close();
    await this.sys?.stop();
    this.net?.remove();
    this.net = undefined;
    this.trust?.remove();
  }
}

/** A participant gets in although the firewall passes https and these ports alone. */
async function through(clinic, one, title, ports, family, expected, shown, ...scripts) {
  const media = `${clinic.sys.roomPort + 10_000}-${clinic.sys.roomPort + 10_050}`;
  one.home.only(["tcp 443", ...ports.map((port) => port.replace("media", media))], family);
  const opened = Date.now();
  await clinic.enter(one, ...scripts);
  console.log(`# ${title}: first frames ${Date.now() - opened} ms after opening the link`);
  await moving(clinic.clinician, 1);
  await goesBy(one.page, expected, clinic.clinician, one.name, shown);
}

describe("a server with an IPv4 address", () => {
  const clinic = new Clinic();
  let first, second, returned;

  before(async () => {
    await clinic.open("10.77.0.1", 2);
    [first, second] = clinic.people;
    await clinic.enter(second);
    await moving(clinic.clinician, 1);
    await clinic.watch(second);
    second.home.cut(); // for a minute, during the other tests
    returned = pause(60_000).then(() => clinic.net && reopened(second.home));
  });
  after(() => clinic.close());

  for (const [title, ports, expected, shown, ...scripts] of [
    ["UDP to the room", ["udp media"], "udp", "Direct, UDP, IPv4"],
    // TURN over TLS would do as well as TCP, and may be there first: without it it has to be this.
    ["TCP to the room", ["tcp media"], "tcp", "Direct, TCP, IPv4", withoutRelays],
    ["TURN over UDP", ["udp 3478"], "turn/udp", "Relay over UDP, IPv4"],
    ["TURN over TCP", ["tcp 3478"], "turn/tcp", "Relay over TCP, IPv4", relaysByTCP],
    ["TURN over TLS on the port of https, and no other port", [], "turn/tls", "Relay over TLS, IPv4"],
  ]) {
    test(title, async () => {
      await first.page?.context().close();
      await through(clinic, first, title, ports, 4, expected, shown, ...scripts);
    });
  }

  test("a relay over UDP that answers later takes the place of TLS, and the pictures go on", async () => {
    await clinic.watch(first);
    first.home.only(["tcp 443", "udp 3478"], 4);
    const at = Date.now();
    await room(first.page).evaluate(() => dispatchEvent(new Event("online"))); // a better relay is asked for again
    await goesBy(first.page, "turn/udp", clinic.clinician, first.name, "Relay over UDP, IPv4");
    await clinic.back(first, "relay over UDP in place of TLS", at);
    const still = first.watches.map((w) => w.gap(at)).map((gap) => (gap ? gap.ended - gap.began : 0));
    assert.ok(Math.max(...still) <= limits.better, `pictures stood still for ${still} ms`);
    for (const watch of first.watches) await watch.stop();
    await first.page.context().close();
  });

  test("the address is replaced under the browser: pictures both ways within seconds", async () => {
    first.home.open();
    await clinic.enter(first);
    await moving(clinic.clinician, 1);
    await clinic.watch(first);
    const at = Date.now();
    first.home.move();
    assert.ok((await clinic.back(first, "address replaced", at)) <= limits.moved);
  });

  test("5 s without network: pictures both ways within seconds of its return", async () => {
    first.home.cut();
    await pause(5000);
    assert.ok((await clinic.back(first, "5 s outage", reopened(first.home))) <= limits.short);
  });

  test("60 s without network: pictures both ways come back by themselves", async () => {
    const at = await returned;
    assert.ok((await clinic.back(second, "60 s outage", at)) <= limits.long);
  });
});

describe("a server with an IPv6 address", () => {
  const clinic = new Clinic();
  before(() => clinic.open(serverName6, 1)); // Chromium takes no IPv6 address in the URL of a relay
  after(() => clinic.close());

  test("IPv6 alone", async () => {
    await through(clinic, clinic.people[0], "IPv6 alone", ["udp media"], 6, "udp ipv6", "Direct, UDP, IPv6");
    await clinic.people[0].page.context().close();
  });

  test("TURN over IPv6 alone", () => through(clinic, clinic.people[0], "TURN over IPv6 alone", ["udp 3478"], 6, "turn/udp ipv6", "Relay over UDP, IPv6"));
});
