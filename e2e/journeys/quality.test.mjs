// What the clinician and the operator see of a connection: from a page's own figures to a word on another page, to
// Prometheus and to the session's record.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch, moving, person } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { clinicianAt, freezing, joinNow, sessionPage, startWith } from "../lib/people.mjs";
import { embedded, request, until } from "../lib/system.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The samples of a Prometheus text, by name with labels. */
function samples(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) ([-+\w.]+)$/.exec(line) ?? [];
    if (name) found.set(name, Number(value));
    else if (line !== "" && !line.startsWith("#")) throw new Error(`no sample: ${line}`);
  }
  return found;
}

describe("quality of the connections", () => {
  let sys, browser, clinic, name, participant, clinician, patient, session;
  const scrape = async () => {
    const answer = await fetch(sys.metrics);
    assert.equal(answer.status, 200);
    const text = await answer.text();
    return Object.assign(samples(text), { text });
  };
  const tile = async () => (await sessionPage(clinician)).locator(".tile").filter({ hasText: name });
  const setFreezing = async (on) => (await sessionPage(patient)).evaluate((value) => void (window.freezing = value), on);

  before(async () => {
    sys = await embedded();
    browser = await launch();
    clinic = await new Clinic(sys).login();
    name = sys.accounts.participants[0].name;
    participant = (await clinic.participants()).find((p) => p.participant_name === name);
    clinician = await clinicianAt(sys, browser);
    patient = await person(browser);
    await freezing(patient);
    await patient.goto(`${sys.base}/rehab/participant?token=${sys.accounts.participants[0].token}`);
    await clinician.getByRole("listitem").filter({ hasText: name }).getByText("Online").waitFor();
    await patient.waitForTimeout(1600); // who opened their link less than 1.5 s ago is not asked again whether to join
    await startWith(clinician, [name]);
    await joinNow(patient);
    await moving(clinician, 1);
    await moving(patient, 1);
    [session] = await clinic.running();
  });
  after(async () => {
    await browser?.close();
    await sys?.stop();
  });

  test("a tile says how good the connection is", async () => {
    await (await tile()).getByText(/(Good|Fair) connection/).waitFor({ timeout: 20_000 }); // fair on a machine that is busy
  });

  test("a participant is told of their own connection only", async () => {
    const own = await until("quality at the participant", () => patient.received.findLast((m) => m.type === "quality"));
    assert.equal(own.peers.length, 1);
    const all = await until("quality at the clinician", () => clinician.received.findLast((m) => m.type === "quality" && m.peers.length === 2));
    assert.ok(all.peers.some((p) => p.peer === own.peers[0].peer));
  });

  test("the metrics move, name nobody and are not public", async () => {
    const packets = 'gotera_rtp_packets_total{direction="in",media="video"}';
    const first = await until("packets in the metrics", async () => {
      const now = await scrape();
      return now.get(packets) > 0 && now;
    }, 20_000);
    const next = await until("more packets", async () => {
      const now = await scrape();
      return now.get(packets) > first.get(packets) && now;
    }, 20_000);
    assert.equal(next.get("gotera_sessions"), 1);
    assert.equal(next.get('gotera_session_ports{state="used"}'), 1);
    assert.equal(["good", "fair", "poor", "unknown"].reduce((sum, word) => sum + next.get(`gotera_peers{kind="participant",quality="${word}"}`), 0), 1);
    assert.ok(next.get('gotera_peer_rtt_seconds_count{kind="user"}') > 0);
    assert.ok(next.get('gotera_rooms_resident_bytes{of="all"}') > 1e6);
    assert.ok(next.get("gotera_rooms_cpu_seconds_total") > 0);
    for (const secret of [name, participant.participant_uuid, clinic.uuid, session.session_uuid]) assert.ok(!next.text.includes(secret));
    for (const path of ["/metrics", "/rehab/metrics"]) assert.equal(await request(sys.base + path), 404);
  });

  test("pictures that stand still at the participant change the word at the clinician, who sees why", async () => {
    await setFreezing(true);
    await (await tile()).getByText("Poor connection").waitFor({ timeout: 30_000 });
    const frame = await sessionPage(clinician);
    await (await tile()).getByRole("button", { name: new RegExp(name) }).click();
    await frame.getByRole("menuitem", { name: "Details with numbers" }).click();
    const dialog = frame.getByRole("dialog");
    await dialog.getByText("The picture stands still at times").waitFor();
    await dialog.getByText(/^\d+ times, [\d.]+ s in all$/).first().waitFor();
    assert.match(await dialog.locator("dl").first().innerText(), /There and back to the server\s+[\d,]+\sms/);
    await frame.evaluate(axe);
    const found = await frame.evaluate(async () => (await globalThis.axe.run()).violations.map((v) => v.id));
    assert.deepEqual(found, []);
    await dialog.getByRole("button", { name: "Close" }).click();
    await until("freezes in the metrics", async () => (await scrape()).get('gotera_freezes_total{kind="participant"}') > 1, 20_000);
    await setFreezing(false);
    await until("the reason is gone", () => {
      const own = patient.received.findLast((m) => m.type === "quality")?.peers[0];
      return clinician.received.findLast((m) => m.type === "quality").peers.some((p) => p.peer === own?.peer && !p.reasons.includes("frozen"));
    }, 40_000);
  });

  test("the report is in the session's record, over a room and a rehab that were killed, and on the dashboard", async () => {
    const [victim] = sys.rooms();
    process.kill(victim.pid, "SIGKILL");
    await until("another room", () => sys.rooms().some((r) => r.port === victim.port && r.pid !== victim.pid));
    const killed = Date.now();
    await moving(clinician, 1, 40_000);
    console.log(`# pictures are back ${Date.now() - killed} ms after the room was killed`);
    const rehab = sys.rehabPid();
    process.kill(rehab, "SIGKILL");
    await until("rehab is back with the session", async () => sys.rehabPid() !== rehab && (await clinic.running())[0]?.session_uuid === session.session_uuid, 20_000);
    await until("both are known to it", async () => {
      const now = await scrape();
      return [...now].reduce((sum, [name, value]) => sum + (name.startsWith("gotera_peers{") ? value : 0), 0) === 2;
    }, 20_000);
    assert.equal((await clinic.stop(session)).status, "stopped");
    const events = await clinic.get(`/api/user/sessions/events?id_session=${session.id_session}`);
    const reports = events.filter((e) => e.session_event_text?.startsWith("Quality report: "));
    assert.equal(reports.length, 1);
    assert.equal(reports[0].id_session_event_type, 1);
    const [sentence, json] = reports[0].session_event_text.split("\n");
    assert.ok(sentence.includes(`Participant: ${name} (${participant.participant_uuid}): `), sentence);
    const { people } = JSON.parse(json);
    const theirs = people.find((p) => p.uuid === participant.participant_uuid);
    assert.ok(theirs.minutes > 0.3 && theirs.rtt >= 0 && theirs.kbps_up > 20 && theirs.kbps_down > 20, JSON.stringify(theirs));
    assert.ok(theirs.freezes >= 2 && theirs.frozen > 1 && theirs.words.poor > 0 && theirs.reconnects >= 1 && theirs.worst.frozen > 1, JSON.stringify(theirs));
    assert.equal(people.length, 2);

    await clinician.getByRole("button", { name: new RegExp(`^Report of ${session.session_name}`.replace(/[[\]]/g, "\\$&")) }).click({ timeout: 20_000 });
    const dialog = clinician.getByRole("dialog");
    await dialog.getByRole("heading", { name: "How the connections were" }).waitFor();
    await dialog.getByText("Came back after an interruption").first().waitFor();
    assert.ok(!(await dialog.innerText()).includes("Quality report:"), "the raw text is shown");
  });
});
