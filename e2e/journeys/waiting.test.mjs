// What the waiting page and `gotera peer --check` say behind a firewall that passes https and nothing else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launchIn } from "../lib/browser.mjs";
import { Net } from "../lib/netns.mjs";
import { participantAt } from "../lib/people.mjs";
import { Child, embedded, gotera } from "../lib/system.mjs";
import { trusting } from "../lib/trust.mjs";

describe("a network that passes https alone", () => {
  let net, sys, trust, home, browser;
  before(async () => {
    net = new Net();
    sys = await embedded({ within: net.server, host: "10.77.0.1" });
    trust = trusting(sys);
    home = net.client();
    browser = await launchIn(home, trust);
    home.only(["tcp 443"], 4);
  });
  after(async () => {
    await browser?.close();
    await sys?.stop();
    net?.remove();
    trust?.remove();
  });

  test("the waiting page says that TLS is used", async () => {
    const page = await participantAt(sys, browser, sys.accounts.participants[0].name, { ignoreHTTPSErrors: false });
    await page.getByText("Your network blocks UDP: using TLS (a little slower).").waitFor();
    const ways = await page.locator(".reach-ways > div").evaluateAll((rows) => rows.map((r) => r.lastElementChild.textContent.replace(/ .*/, "")));
    assert.deepEqual(ways, ["Works", "Blocked", "Blocked", "Blocked", "Blocked", "Works"]);
  });

  test("gotera peer --check finds the same, with the authority that it is told", async () => {
    const link = `${sys.base}/rehab/participant?token=${sys.accounts.participants[0].token}`;
    const [command, ...args] = home.inside(gotera, "peer", "--check", "--json", "--ca", join(sys.dir, "tls", "ca_cert.pem"), link);
    const begun = Date.now();
    const child = new Child("check", command, args);
    const { code } = await child.exited;
    assert.equal(code, 0, child.output);
    assert.ok(Date.now() - begun < 30_000, "ways on which nothing comes back do not hold it up");
    const report = JSON.parse(child.output.split("\n")[0]);
    assert.deepEqual(report.ways.filter((w) => w.ok).map((w) => w.way), ["turn-tls"]);
    assert.equal(report.best, "turn-tls");
  });
});
