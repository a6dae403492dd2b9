// Tools that were not written here publish by WHIP and watch by WHEP, from pages of another site, through both proxies.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, moving, person, pictures } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { sessionPage } from "../lib/people.mjs";
import { embedded, production, until } from "../lib/system.mjs";
import { voice } from "../lib/voice.mjs";
import { shown, toolPage, toolSite } from "../lib/whiptool.mjs";

for (const [title, make, whole] of [["gotera serve", embedded, true], ["NGINX", production, false]]) {
  describe(`WHIP and WHEP through ${title}`, () => {
    let sys, browser, speech, site, user, own, room, key;
    const endpoint = (protocol, query = "") => `${room}/${protocol}${query}`;
    const names = async () => (await pictures(user)).filter((p) => p.frames > 0).map((p) => p.of).sort();
    const more = async (page, n = 10) => {
      const from = await shown(page);
      await until("the player shows pictures", async () => (await shown(page)) > from + n, 15_000);
    };
    const answered = (page, method) => page.evaluate((method) => window.answers.filter(([m]) => m === method).map(([, s]) => s), method);

    before(async () => {
      sys = await make();
      speech = voice();
      browser = await launch(`--use-file-for-fake-audio-capture=${speech.file}`);
      site = await toolSite();
      const clinic = await new Clinic(sys).login();
      const session = await clinic.start();
      const shared = new URL(session.session_url_devices);
      own = new URL((await clinic.running())[0].url);
      room = `${own.origin}${own.pathname.replace(/\/users$/, "")}`;
      key = shared.searchParams.get("key");
      user = await person(browser);
      await user.addInitScript(mute);
      await user.goto(own.href);
      await sessionPage(user);
    });
    after(async () => {
      await browser?.close();
      speech?.remove();
      site?.close();
      await sys?.stop();
    });

    test("whip-whep publishes: a tile like any other; its player watches it", async () => {
      const publisher = await toolPage(browser, site);
      await publisher.evaluate(async ([url, key]) => {
        const pc = (window.pc = new RTCPeerConnection());
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
        for (const track of stream.getTracks()) {
          pc.addTransceiver(track, { direction: "sendonly", streams: [stream], ...(track.kind === "video" && { sendEncodings: [{ rid: "l", scaleResolutionDownBy: 2 }, { rid: "h" }] }) });
        }
        window.client = new tools.WHIPClient();
        await window.client.publish(pc, url, key);
      }, [endpoint("whip", "?name=Encoder"), key]);
      await moving(user, 1);
      assert.deepEqual(await names(), ["Encoder"]);
      assert.deepEqual(await answered(publisher, "POST"), [201]);
      await until("the candidates are taken", async () => (await answered(publisher, "PATCH")).length > 0);
      assert.deepEqual([...new Set(await answered(publisher, "PATCH"))], [204]);

      const player = await toolPage(browser, site);
      await player.evaluate(async ([url, key]) => {
        const pc = (window.pc = new RTCPeerConnection());
        for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
        const stream = (document.querySelector("video").srcObject = new MediaStream());
        pc.ontrack = (e) => stream.addTrack(e.track);
        window.client = new tools.WHEPClient();
        await window.client.view(pc, url, key);
      }, [endpoint("whep", "?name=Wall"), key]);
      await more(player);

      for (const page of [publisher, player]) await restart(page);
      await more(player, 30);
      await moving(user, 1);
      for (const page of [player, publisher]) {
        await page.evaluate(() => window.client.stop());
        const [status] = await answered(page, "DELETE"); // 404: it closes its connection first, and the room has seen that
        assert.ok([200, 404].includes(status), `DELETE: ${status}`);
      }
      await until("the tile has gone", async () => (await pictures(user)).length === 0);
    });

    test("Eyevinn's publisher and player", { skip: !whole && "once is enough" }, async () => {
      const publisher = await toolPage(browser, site);
      await publisher.evaluate(async ([endpoint, authkey]) => {
        window.client = new tools.EyevinnPublisher({ endpoint, opts: { authkey, iceServers: [] } });
        await window.client.ingest(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
      }, [endpoint("whip", "?name=Web%20encoder"), key]);
      await moving(user, 1);
      assert.deepEqual(await names(), ["Web encoder"]);

      const player = await toolPage(browser, site);
      await player.evaluate(async ([url, key]) => {
        window.client = new tools.EyevinnPlayer({ video: document.querySelector("video"), type: "whep", iceServers: [] });
        await window.client.load(new URL(url), `Bearer ${key}`);
      }, [endpoint("whep", "?name=Wall"), key]);
      await more(player);
      await player.evaluate(() => window.client.unload());
      await publisher.evaluate(() => window.client.destroy());
      for (const page of [player, publisher]) await until("it is deleted", async () => (await answered(page, "DELETE"))[0] === 200);
      await until("the tile has gone", async () => (await pictures(user)).length === 0);
    });

    test("a player with speaker=1 shows whoever speaks", { skip: !whole && "once is enough" }, async () => {
      const publish = async (name, width, height) => {
        const publisher = await toolPage(browser, site);
        await publisher.evaluate(async ([url, key, width, height]) => {
          const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
          const stream = await navigator.mediaDevices.getUserMedia({ audio: plain, video: { width, height } });
          const pc = new RTCPeerConnection();
          for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
          window.speak = (on) => stream.getAudioTracks().forEach((t) => (t.enabled = on));
          window.speak(false);
          window.client = new tools.WHIPClient();
          await window.client.publish(pc, url, key);
        }, [endpoint("whip", `?name=${name}`), key, width, height]);
        return publisher;
      };
      const shapes = [[640, 480], [480, 480]]; // by which the player tells them from each other and from the clinician
      const publishers = [await publish("Wide", ...shapes[0]), await publish("Square", ...shapes[1])];
      const player = await toolPage(browser, site);
      await player.evaluate(async ([endpoint, authkey]) => {
        window.client = new tools.EyevinnPlayer({ video: document.querySelector("video"), type: "whep", iceServers: [] });
        await window.client.load(new URL(endpoint), `Bearer ${authkey}`);
      }, [endpoint("whep", "?name=Wall&speaker=1"), key]);
      for (const i of [1, 0, 1]) {
        for (const [k, publisher] of publishers.entries()) await publisher.evaluate((on) => window.speak(on), k === i);
        const [width, height] = shapes[i];
        await until(`the player shows the one of ${width} by ${height}`, async () => Math.abs((await shape(player)) - width / height) < 0.05, 20_000);
        await more(player);
      }
      for (const page of [player, ...publishers]) await page.context().close();
    });

    test("a wrong key is refused, and the page is told", async () => {
      const page = await toolPage(browser, site);
      const statuses = await page.evaluate(async (urls) => {
        const offer = await new RTCPeerConnection().createOffer({ offerToReceiveVideo: true });
        return Promise.all(urls.map(async (url) => (await fetch(url, { method: "POST", headers: { "Content-Type": "application/sdp", Authorization: "Bearer wrong" }, body: offer.sdp })).status));
      }, [endpoint("whip"), endpoint("whep")]);
      assert.deepEqual(statuses, [403, 403]);
    });
  });
}

/** Runs in the clinician's page before its own scripts: it has a camera and no microphone. */
function mute() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (c) => (c.video ? open({ ...c, audio: false }) : Promise.reject(new DOMException("", "NotFoundError")));
}

/** How much wider than high a player's picture is. */
const shape = (page) => page.evaluate(() => document.querySelector("video").videoWidth / document.querySelector("video").videoHeight);

/** Restarts ICE. whip-whep 1.2.0 puts a comma between the lines of several candidates: it is taken out again. */
async function restart(page) {
  await page.evaluate(async () => {
    const set = RTCPeerConnection.prototype.setRemoteDescription.bind(window.pc);
    window.pc.setRemoteDescription = ({ type, sdp }) => set({ type, sdp: sdp.replaceAll("\r\n,a=", "\r\na=") });
    await window.client.restart();
  });
  assert.ok(await page.evaluate(() => window.answers.some(([method, status]) => method === "PATCH" && status === 200)), "ICE was restarted");
  await until("connected again", () => page.evaluate(() => window.pc.connectionState === "connected"));
}
