// The test before joining: what the waiting page, the dashboard and `gotera peer --check` say of open and blocked ways.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { remember } from "../lib/alone.mjs";
import { launch, moving } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { clinicianAt, joinNow, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { Child, embedded, gotera, until } from "../lib/system.mjs";

/** Chromium does not send UDP that no proxy takes. */
const withoutUDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp";

/** What the test found, way by way. */
const waysOf = (page) => page.locator(".reach-ways > div").evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.textContent).join(": ")));

describe("the test of the connection", () => {
  let sys, open, blocked, name;
  before(async () => {
    sys = await embedded();
    open = await launch();
    blocked = await launch(withoutUDP);
    name = sys.accounts.participants[0].name;
  });
  after(async () => {
    await open?.close();
    await blocked?.close();
    await sys?.stop();
  });

  test("an open network: it works, each way is listed with its time, in both languages", async () => {
    const page = await participantAt(sys, open, name);
    await page.getByText("Your connection works", { exact: true }).waitFor();
    await page.locator(".check-line.good", { hasText: "Your connection works" }).waitFor();
    await page.getByText("Details of the connection").click();
    await page.waitForFunction(() => !document.querySelector(".reach-ways")?.textContent?.includes("Being tested"));
    const ways = await waysOf(page);
    assert.equal(ways[0], "Messages (websocket): Works");
    assert.match(ways[1], /^Direct, UDP: Works \(\d+\sms\)$/);
    assert.match(ways[2], /^Direct, TCP: Works \(\d+\sms\)$/);
    await page.getByRole("button", { name: "Français" }).click();
    await page.getByText("Votre connexion fonctionne", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Vérifier de nouveau" }).click();
    await page.getByText("Votre connexion fonctionne", { exact: true }).waitFor();
    await page.context().close();
  });

  test("without UDP the page says what is used instead, and so does the session", async () => {
    const page = await participantAt(sys, blocked, name);
    await page.getByText(/^Your connection works\. Your network blocks UDP: using TCP/).waitFor();
    await page.getByText("Details of the connection").click();
    assert.equal((await waysOf(page))[1], "Direct, UDP: Blocked");
    const clinician = await clinicianAt(sys, open);
    await startWith(clinician, [name]);
    const frame = await joinNow(page);
    await moving(page, 1);
    await frame.getByText(/Your network blocks UDP: using TCP/).waitFor();
    const host = await sessionPage(clinician);
    await moving(clinician, 1);
    assert.equal(await host.getByText(/blocks UDP/).count(), 0, "the clinician's network is open");
    await page.context().close();
    await clinician.context().close();
    await endAll();
  });

  test("nothing gets through: what to do is said, joining is not blocked, and no test runs in a call", async () => {
    // The server's answers lead nowhere: no candidate of them is left, and no relay.
    const page = await participantAt(sys, open, name, { record: remember });
    await page.route("**/rehab/api/connectivity", async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.iceServers = [];
      body.answer = body.answer?.replace(/a=candidate:[^\r]*\r\n/g, "");
      await route.fulfill({ response: answer, json: body });
    });
    await page.reload();
    await page.getByText("Video calls do not get through this network").waitFor();
    await page.getByText(/mobile data of a phone/).waitFor();
    await page.getByText(/call the clinic/).waitFor();
    const clinician = await clinicianAt(sys, open);
    await page.getByRole("button", { name: "Check again" }).click(); // a test runs when the call begins
    await startWith(clinician, [name]);
    await joinNow(page);
    const living = () => page.evaluate(() => globalThis.connections.filter((c) => c.connectionState !== "closed").length);
    await until("no connection of the test is left in the waiting page", async () => (await living()) === 0);
    await moving(page, 1);
    const made = await page.evaluate(() => globalThis.connections.length);
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForTimeout(2000); // a test would begin a second after that
    await moving(page, 1);
    assert.equal(await page.evaluate(() => globalThis.connections.length), made, "a test was made in a call");
    await page.context().close();
    await clinician.context().close();
    await endAll();
  });

  test("the clinician's account menu has the same test", async () => {
    const page = await clinicianAt(sys, open);
    await page.getByRole("button", { name: /account/i }).click();
    await page.getByRole("menuitem", { name: "Test my connection" }).click();
    await page.getByRole("dialog").getByText("Your connection works", { exact: true }).waitFor();
    await page.context().close();
  });

  test("gotera peer --check: a participant's link, a session's URL, a device's token; refusals", async () => {
    const link = `${sys.base}/rehab/participant?token=${sys.accounts.participants[0].token}`;
    const clinic = await new Clinic(sys).login();
    const session = await clinic.start();
    const url = session.session_url_devices;
    for (const [args, socket] of [[[link], undefined], [[url], true], [["--token", sys.accounts.devices[0].token, sys.base], undefined]]) {
      const { code, report } = await check(...args);
      assert.equal(code, 0);
      assert.equal(report.best, "udp");
      assert.equal(report.websocket, socket);
      // The relay's own port is switched off here: it is reached on that of the pages.
      assert.deepEqual(report.ways.filter((w) => w.ok).map((w) => w.way), ["udp", "tcp", "turn-tls"]);
    }
    await clinic.stop(session);
    for (const args of [[url], [`${link}x`], ["--token", "x.y.z", sys.base]]) assert.equal((await check(...args)).code, 3);
  });

  /** Ends every session, for the next test. */
  async function endAll() {
    const clinic = await new Clinic(sys).login();
    for (const session of await clinic.running()) await clinic.stop(session);
  }

  async function check(...args) {
    const child = new Child("check", gotera, ["peer", "--check", "--json", "--insecure", ...args]);
    const { code } = await child.exited;
    return { code, report: JSON.parse(child.output.split("\n")[0]) };
  }
});
