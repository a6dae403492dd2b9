import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalMedia } from "./local.ts";

/** A page of which it is counted who listens to it. */
class Page extends EventTarget {
  hidden = false;
  listeners = 0;
  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...args);
  }
}

class Track extends EventTarget {
  muted = true;
  readyState = "live";
  constructor(readonly deviceId = "front", readonly kind = "video") {
    super();
  }
  stop(): void {
    this.readyState = "ended";
  }
  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
  }
}

/** The devices of a computer; each question is answered by the test, in its own time. */
class Devices extends EventTarget {
  cameras = ["front"];
  asked: { give: (...tracks: Track[]) => void; refuse: (name: string) => void }[] = [];
  getUserMedia = (): Promise<object> =>
    new Promise((resolve, reject) => {
      const give = (...tracks: Track[]): void => resolve({
        getTracks: () => tracks, getVideoTracks: () => tracks.filter((t) => t.kind === "video"), getAudioTracks: () => tracks.filter((t) => t.kind === "audio"),
      });
      this.asked.push({ give, refuse: (name) => reject(Object.assign(new Error(""), { name })) });
    });
  getDisplayMedia = this.getUserMedia;
  enumerateDevices = (): Promise<object[]> => Promise.resolve(this.cameras.map((deviceId) => ({ kind: "videoinput", deviceId, label: deviceId })));

  /** now there are these cameras, and the browser says so. */
  now(...cameras: string[]): Promise<void> {
    this.cameras = cameras;
    this.dispatchEvent(new Event("devicechange"));
    return settle();
  }
}

const settle = (): Promise<void> => new Promise((r) => setImmediate(r));

/** setUp makes inputs whose camera is on and gives nothing, on a page. */
function setUp(hidden = false) {
  const page = Object.assign(new Page(), { hidden });
  const mediaDevices = new Devices();
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true });
  Object.defineProperty(globalThis, "document", { value: page, configurable: true });
  const local = new LocalMedia(() => undefined);
  local.camera.value = { on: true, opening: false, track: new Track() as unknown as MediaStreamTrack, failure: undefined };
  return { local, page, devices: mediaDevices, asked: mediaDevices.asked };
}

test("a hidden page waits once to be seen, however often the room asks for its camera", () => {
  const { local, page } = setUp(true);
  for (let i = 0; i < 5; i++) void local.restart("camera", "video");
  assert.equal(page.listeners, 1);
});

test("no device is opened after the end", async () => {
  const { local, asked } = setUp();
  local.close();
  await local.restart("camera", "video");
  assert.equal(asked.length, 0);
});

test("of two cameras that are chosen while the first still opens the last is used, and the other does not stay on", async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const { local, asked } = setUp();
    const opened = [new Track("first"), new Track("last")] as const;
    void local.chooseCamera("first");
    void local.chooseCamera("last");
    await settle();
    for (const i of order) {
      asked[i]?.give(opened[i]!);
      await settle();
    }
    assert.equal(local.camera.value.track, opened[1] as unknown, `answers in the order ${order}`);
    assert.deepEqual(opened.map((t) => t.readyState), ["ended", "live"]);
    assert.deepEqual([local.camera.value.on, local.camera.value.opening], [true, false]);
  }
});

test("a second camera that is called off while it opens stays off", async () => {
  const { local, asked } = setUp();
  const second = new Track("side");
  const opening = local.setCamera2(true, "side");
  await settle();
  await local.setCamera2(false);
  asked[0]?.give(second);
  await opening;
  assert.deepEqual([second.readyState, local.camera2.value.on, local.camera2.value.opening], ["ended", false, false]);
});

test("of a screen that is chosen after the end neither picture nor sound is taken", async () => {
  const { local, asked } = setUp();
  const screen = [new Track("", "video"), new Track("", "audio")];
  const opening = local.startScreen();
  local.close();
  asked[0]?.give(...screen);
  await opening;
  assert.deepEqual(screen.map((t) => t.readyState), ["ended", "ended"]);
});

test("a camera that was pulled out is opened when it is plugged in again, also when the browser listed it a moment longer", async () => {
  for (const why of ["NotReadableError", "OverconstrainedError", "NotFoundError", "AbortError"]) {
    const { local, devices, asked } = setUp();
    void local.restart("camera", "video"); // gives an input that hears of its track's end
    const track = new Track();
    await settle();
    asked[0]?.give(track);
    await settle();
    track.dispatchEvent(new Event("ended"));
    await settle();
    assert.equal(asked.length, 2);
    asked[1]?.refuse(why);
    await settle();
    await devices.now();
    await devices.now("front");
    assert.equal(asked.length, 3, why);
    asked[2]?.give(new Track());
    await settle();
    assert.equal(local.camera.value.on, true);
    local.close();
  }
});
