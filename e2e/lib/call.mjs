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
  /** people: names; each has a path of their own. camera: "640x480". behind: makes a port through which pages reach the room's. */
  static async start(people, { camera = "640x480", seed = 1, behind = (port) => port } = {}) {
    const call = new Call();
    try {
      await call.open(people, camera, seed, behind);
    } catch (err) {
      await call.stop();
      throw err;
    }
    return call;
  }

  async open(people, camera, seed, behind) {
    const [port, media] = [await freePort(), await freePort()];
    this.room = new Child("room", gotera, ["room", `--port=${port}`, `--media_port=${media}`, `--key=${key}`, "--external_host=localhost"]);
    this.base = `http://localhost:${port}`;
    await until("the room answers", async () => (await fetch(`${this.base}/status?key=${key}`)).ok);
    this.base = `http://localhost:${await behind(port)}`;
    this.voice = voice();
    this.picture = picture(...camera.split("x").map(Number));
    this.media = media;
    this.seed = seed;
    this.people = [];
    for (const name of people) await this.add(name);
  }

  /** Somebody enters, through a path of their own. */
  async add(name) {
    const one = { name, path: await NetPath.start(`127.0.0.1:${this.media}`, this.seed + 10 * this.people.length) };
    this.people.push(one);
    // A browser each: pages of one browser share its network and audio processes, and with them its delays.
    one.browser = await launch(`--use-file-for-fake-audio-capture=${this.voice.file}`, `--use-file-for-fake-video-capture=${this.picture.file}`);
    one.page = await person(one.browser, { viewport: { width: 800, height: 600 } });
    await throughPath(one.page, one.path);
    await one.page.addInitScript(record);
    await one.page.addInitScript(plainMicrophone);
    await one.page.goto(`${this.base}/users?key=${key}&name=${name}&uuid=${name}`);
    await one.page.getByRole("button", { name: /^Leave/ }).first().waitFor();
    return one;
  }

  /** Somebody closes their browser. */
  async remove(one) {
    this.people = this.people.filter((p) => p !== one);
    await one.browser?.close();
    await one.path.stop();
  }

  async stop() {
    for (const one of this.people ?? []) await this.remove(one);
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
