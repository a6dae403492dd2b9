// A call in one room without the rest of the system: `gotera room` alone, and session pages in Chromium whose media goes
// through bad network paths. The pages are those of a real session; only camera and microphone are fake.
import { launch, person } from "./browser.mjs";
import { throughPath, NetPath } from "./netpath.mjs";
import { picture } from "./picture.mjs";
import { Child, freePort, gotera, until } from "./system.mjs";
import { record } from "./timeline.mjs";
import { voice } from "./voice.mjs";

const key = "profiles";

export class Call {
  /** people: names; each has a path of their own. camera: "640x480". */
  static async start(people, { camera = "640x480", seed = 1 } = {}) {
    const call = new Call();
    try {
      await call.open(people, camera, seed);
    } catch (err) {
      await call.stop();
      throw err;
    }
    return call;
  }

  async open(people, camera, seed) {
    const [port, media] = [await freePort(), await freePort()];
    this.room = new Child("room", gotera, ["room", `--port=${port}`, `--media_port=${media}`, `--key=${key}`, "--external_host=localhost"]);
    this.base = `http://localhost:${port}`;
    await until("the room answers", async () => (await fetch(`${this.base}/status?key=${key}`)).ok);
    this.voice = voice();
    this.picture = picture(...camera.split("x").map(Number));
    this.browsers = [];
    this.people = [];
    for (const [i, name] of people.entries()) {
      const path = await NetPath.start(`127.0.0.1:${media}`, seed + 10 * i);
      const one = { name, path };
      this.people.push(one);
      one.page = await this.enter(one);
    }
  }

  async enter(one) {
    // A browser each: pages of one browser share its network and audio processes, and with them its delays.
    const browser = await launch(`--use-file-for-fake-audio-capture=${this.voice.file}`, `--use-file-for-fake-video-capture=${this.picture.file}`);
    this.browsers.push(browser);
    const page = await person(browser, { viewport: { width: 800, height: 600 } });
    await throughPath(page, one.path);
    await page.addInitScript(record);
    await page.addInitScript(plainMicrophone);
    await page.goto(`${this.base}/users?key=${key}&name=${one.name}&uuid=${one.name}`);
    await page.getByRole("button", { name: /^Leave/ }).first().waitFor();
    return page;
  }

  async stop() {
    for (const browser of this.browsers ?? []) await browser.close();
    for (const { path } of this.people ?? []) await path.stop();
    await this.room?.stop();
    this.voice?.remove();
    this.picture?.remove();
  }
}

/** Runs in each page before its own scripts: the microphone is to be taken as it is, since this voice is no human's. */
function plainMicrophone() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (c) => open(c.audio ? { ...c, audio: { ...c.audio, echoCancellation: false, noiseSuppression: false, autoGainControl: false } } : c);
}
