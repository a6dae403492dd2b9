// The journey of a clinic's day, the same for every way to run the system.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, moving, pictures, headlessPeer } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { clinicianAt, joinNow, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { request, until } from "../lib/system.mjs";

/** Declares the journey for a system that make starts. kills: the room and rehab are killed on the way. */
export function journey(title, make, { kills = false } = {}) {
  describe(title, () => {
    let sys, browser, clinic, names, robot, clinician, first, second, session;
    const own = async () => (await clinic.running())[0];
    const stats = (peer) => peer.lines().findLast((l) => l.type === "stats")?.tracks ?? [];

    before(async () => {
      sys = await make();
      browser = await launch();
      clinic = await new Clinic(sys).login();
      names = sys.accounts.participants.map((p) => p.name);
      robot = sys.accounts.devices[0];
    });
    after(async () => {
      await browser?.close();
      await sys?.stop();
    });

    test("a clinician logs in and sees who comes online", async () => {
      clinician = await clinicianAt(sys, browser);
      first = await participantAt(sys, browser, names[0], { viewport: { width: 390, height: 844 } });
      await first.getByText(/Waiting for/).first().waitFor();
      await first.getByText("Your connection works", { exact: true }).waitFor(); // as its test says
      await clinician.getByRole("listitem").filter({ hasText: names[0] }).getByText("Online").waitFor();
    });

    test("a call of clinician, participant and device: all see each other", async () => {
      robot.peer = headlessPeer(["--login", sys.base, "--token", robot.token, "--send", "hello from the robot"]);
      sys.children.push(robot.peer);
      await clinician.getByRole("listitem").filter({ hasText: robot.name }).getByText("Online").waitFor();
      await first.waitForTimeout(1600); // who opened their link less than 1.5 s ago is not asked again whether to join
      await startWith(clinician, [names[0], robot.name]);
      await joinNow(first);
      const seen = await moving(clinician, 2);
      assert.deepEqual(seen.map((p) => p.of).sort(), [names[0], robot.name].sort());
      await moving(first, 2);
      await until("the robot receives both", () => stats(robot.peer).filter((t) => t.kind === "video" && t.frames > 10).length === 2 && stats(robot.peer).filter((t) => t.kind === "audio" && t.packets > 50).length === 2);
      session = await until("rehab sees all in the room", async () => [await own()].find((s) => s.members.map((m) => m.status).join() === "in_room,in_room,in_room"));
    });

    test("the others hear: sound arrives with a level", async () => {
      const frame = await sessionPage(clinician);
      await until("audio that plays", () => frame.evaluate(async () => [...document.querySelectorAll("audio")].some((a) => a.srcObject?.getAudioTracks().some((t) => t.readyState === "live" && !t.muted) && !a.paused)));
    });

    test("messages: the robot's reaches the page, the clinician's reaches the robot", async () => {
      await until("the robot's message in the clinician's page", () => clinician.received.some((m) => m.type === "message" && m.topic === "chat" && m.data === "hello from the robot"));
      const frame = await sessionPage(clinician);
      await frame.locator(".tile").filter({ hasText: names[0] }).getByRole("button", { name: new RegExp(names[0]) }).click();
      await frame.getByRole("menuitem", { name: "Show large to everyone" }).click();
      await until("the focus message at the robot", () => robot.peer.lines().some((l) => l.type === "message" && l.topic === "focus"));
    });

    test("invite a third: they open their link and see everybody", async () => {
      const people = await clinic.participants();
      const third = people.find((p) => p.participant_name === names[1]);
      const answer = await clinic.act("invite", session, { session_participants: [third.participant_uuid] });
      assert.equal(answer.status, "invited");
      const opened = Date.now();
      second = await participantAt(sys, browser, names[1]);
      await until("a picture of somebody", async () => (await pictures(second)).some((p) => p.frames > 0), 30_000, 10);
      const took = Date.now() - opened;
      console.log(`# ${title}: first frame ${took} ms after opening the link`);
      await moving(second, 3);
      await moving(clinician, 3);
      await moving(first, 3);
    });

    test("remove one: their media ends and their URL is refused at once", async () => {
      const people = await clinic.participants();
      const third = people.find((p) => p.participant_name === names[1]);
      const frame = await sessionPage(second);
      const url = frame.url();
      assert.equal(await request(url), 200);
      const began = Date.now();
      assert.equal((await clinic.act("remove", session, { session_participants: [third.participant_uuid] })).status, "removed");
      await until("403 for the removed URL", async () => (await request(url)) === 403, 5000, 20);
      await until("the picture is gone for the others", async () => !(await pictures(clinician)).some((p) => p.of === names[1]), 5000, 20);
      console.log(`# ${title}: removed after ${Date.now() - began} ms`);
      await second.getByRole("heading", { name: "Your part in the session has ended." }).waitFor();
      await moving(clinician, 2);
    });

    test("a room killed with SIGKILL: the pictures come back by themselves", { skip: !kills && "in reconnect.test.mjs" }, async () => {
      const [victim] = sys.rooms();
      process.kill(victim.pid, "SIGKILL");
      const killed = Date.now();
      await until("another process on the same port", () => sys.rooms().some((r) => r.port === victim.port && r.pid !== victim.pid));
      await moving(clinician, 2);
      await moving(first, 2);
      console.log(`# ${title}: pictures are back ${Date.now() - killed} ms after the room was killed`);
    });

    test("rehab killed with SIGKILL: the call goes on and can still be stopped", { skip: !kills && "in reconnect.test.mjs" }, async () => {
      const rooms = sys.rooms();
      process.kill(sys.rehabPid(), "SIGKILL");
      await moving(clinician, 2);
      sys.startRehab?.();
      await until("rehab is back with the session", async () => (await own())?.session_uuid === session.session_uuid);
      assert.deepEqual(sys.rooms(), rooms, "the room is the same process");
      await moving(clinician, 2);
    });

    test("stop ends it for everyone", async () => {
      const frame = await sessionPage(clinician);
      await frame.getByRole("button", { name: "Stop for all" }).click();
      await frame.getByRole("dialog").getByRole("button", { name: /Stop/ }).click();
      await until("no room is left", () => sys.rooms().length === 0);
      await clinician.getByText(/was stopped for everyone/).waitFor();
      await first.getByRole("heading", { name: "The session is over." }).waitFor();
      const row = await until("the session is completed in the record", async () => {
        const [found] = await clinic.get(`/api/user/sessions?id_session=${session.id_session}`);
        return found.session_status === 2 && found;
      });
      assert.ok(row.session_duration > 0, "the duration is recorded");
      const kinds = (await clinic.get(`/api/user/sessions/events?id_session=${session.id_session}`)).map((e) => e.id_session_event_type);
      for (const kind of [3, 4, 12, 13]) assert.ok(kinds.includes(kind), `no event of type ${kind} in ${kinds}`);
    });

    test("nothing went wrong in the pages", () => {
      for (const page of [clinician, first, second]) assert.deepEqual(page.problems.filter((p) => !/WebSocket|ERR_|Failed to load resource/.test(p)), []);
    });
  });
}
