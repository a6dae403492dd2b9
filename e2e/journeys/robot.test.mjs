// Robots of opentera-webrtc, which know nothing of gotera: by way of the built-in ingress, and of NGINX.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, moving } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { clinicianAt, joinNow, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { robotPage } from "../lib/robot.mjs";
import { embedded, production, request, until } from "../lib/system.mjs";

function robots(title, make) {
  describe(title, () => {
    let sys, browser, clinic, clinician, patient, name, device, shown, page, invited, session, stays;
    const picture = (robot) => page.evaluate((r) => window[r].picture(), robot);

    before(async () => {
      sys = await make();
      browser = await launch();
      clinic = await new Clinic(sys).login();
      name = sys.accounts.participants[0].name;
      device = sys.accounts.devices[0];
      shown = `${device.name} (Robot Camera 1)`;
      clinician = await clinicianAt(sys, browser);
      patient = await participantAt(sys, browser, name);
      page = await robotPage(sys, browser);
      await page.evaluate(async (token) => {
        window.device = await robots.Device.login(token);
        window.invited = window.device.next();
      }, device.token);
      for (const who of [name, device.name]) await clinician.getByRole("listitem").filter({ hasText: who }).getByText("Online").waitFor();
      await patient.waitForTimeout(1600); // who opened their link less than 1.5 s ago is not asked again whether to join
      await startWith(clinician, [name, device.name]);
      await joinNow(patient);
      invited = await page.evaluate(() => window.invited);
    });
    after(async () => {
      await browser?.close();
      await sys?.stop();
    });

    test("people see the robot, and it sees each of them", async () => {
      await page.evaluate(async (url) => (window.camera = await new robots.Robot({ room: "VideoConf", name: "Robot Camera 1", media: true }).join(url)), invited);
      await until("the robot's picture", async () => (await moving(clinician, 2)).some((p) => p.of === shown));
      assert.ok((await moving(patient, 2)).some((p) => p.of === shown));
      await until("both pictures at the robot", async () => {
        const seen = Object.values(await picture("camera"));
        return seen.length === 2 && seen.every((p) => p.frames > 10 && p.sound > 50);
      });
      const seen = await picture("camera");
      assert.ok(seen[name], `the robot sees ${Object.keys(seen)}`);
      assert.equal(Object.values(seen).filter((p) => p.takes > 0).length, 1, "it publishes once");
      await until("rehab sees all in the room", async () => {
        [session] = await clinic.running();
        return session.members.every((m) => m.status === "in_room");
      });
      assert.equal(session.members.length, 3);
    });

    test("data goes both ways, to whom it is meant for", async () => {
      await page.evaluate(async (url) => (window.data = await new robots.Robot({ room: "Teleop", name: "Robot Data Channel", data: true }).join(url)), invited);
      await until("open channels", async () => Object.values(await picture("data")).filter((p) => p.channel === "open").length === 2);
      await page.evaluate((to) => window.data.say(to, '{"type":"robotStatus","battery":80}'), name);
      await until("the message at the patient", () => patient.received.some((m) => m.type === "message" && m.topic === "Teleop" && m.data?.battery === 80));
      assert.ok(!clinician.received.some((m) => m.type === "message" && m.topic === "Teleop"), "it was not for the clinician");
      for (const one of [clinician, patient]) assert.deepEqual(one.problems.filter((p) => !/WebSocket|ERR_|Failed to load resource/.test(p)), []);
    });

    test("who carries its media leaves: it goes on with the others", async () => {
      const carrier = Object.entries(await picture("camera")).find(([, p]) => p.takes > 0)[0];
      stays = carrier === name ? clinician : patient;
      const leaves = carrier === name ? patient : clinician;
      await leaves.close();
      await until("the robot sees one", async () => Object.keys(await picture("camera")).length === 1);
      await until("the robot's picture", async () => (await moving(stays, 1)).some((p) => p.of === shown));
      await until("one connection that carries its media", async () => Object.values(await picture("camera")).filter((p) => p.takes > 0).length === 1);
      if (process.env.SCREENSHOT) await stays.screenshot({ path: process.env.SCREENSHOT });
    });

    test("the room is killed: the robot is invited again and comes back", async () => {
      await page.evaluate(() => void (window.invited = window.device.next()));
      const [victim] = sys.rooms();
      const killed = Date.now();
      process.kill(victim.pid, "SIGKILL");
      await until("closed websockets", () => page.evaluate(() => window.camera.closed !== undefined && window.data.closed !== undefined));
      const again = await page.evaluate(() => window.invited);
      const asked = Date.now() - killed;
      assert.equal(again, invited, "the address stays");
      await page.evaluate(async (url) => {
        window.camera = await new robots.Robot({ room: "VideoConf", name: "Robot Camera 1", media: true }).join(url);
        window.data = await new robots.Robot({ room: "Teleop", name: "Robot Data Channel", data: true }).join(url);
      }, again);
      const there = until("the robot's picture", async () => (await moving(stays, 1)).some((p) => p.of === shown)).then(() => Date.now() - killed);
      const here = until("their picture at the robot", async () => Object.values(await picture("camera")).some((p) => p.frames > 10)).then(() => Date.now() - killed);
      const times = await Promise.all([there, here]);
      console.log(`# ${title}: invited ${asked} ms after the room was killed; the robot's picture is back after ${times[0]} ms, theirs after ${times[1]} ms`);
    });

    test("the robot is removed: its websockets close and its password opens nothing", async () => {
      const devices = await clinic.devices();
      const uuid = devices.find((d) => d.device_name === device.name).device_uuid;
      assert.equal((await clinic.act("remove", session, { session_devices: [uuid] })).status, "removed");
      await until("closed websockets", () => page.evaluate(() => window.camera.closed === 1000 && window.data.closed === 1000));
      assert.equal(await request(invited), 403);
      const { base, password } = await page.evaluate((url) => robots.addresses(url), invited);
      assert.equal(await request(`${base}/iceservers`, { Authorization: password }), 403);
      assert.equal(await request(`${base}/iceservers`), 403);
      for (const path of ["webrtc", "websocket"]) {
        const socket = `${base.replace("/webrtc/", `/${path}/`)}/signaling?pwd=${password}`;
        assert.equal(await request(socket, { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" }), 403);
      }
      const refused = await page.evaluate(async (url) => {
        const robot = await new robots.Robot({ room: "VideoConf", name: "again" }).join(url);
        while (robot.closed === undefined) await new Promise((r) => setTimeout(r, 50));
        return robot.id;
      }, invited);
      assert.equal(refused, "");
    });
  });
}

robots("robots by the built-in ingress", embedded);
robots("robots by NGINX", production);
