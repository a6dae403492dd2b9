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
  stop(): void {
    this.readyState = "ended";
  }
  getSettings(): MediaTrackSettings {
    return { deviceId: "front" };
  }
}

/** setUp makes inputs whose camera is on and gives nothing, on a page; opened counts the devices asked for. */
function setUp(hidden: boolean) {
  const page = Object.assign(new Page(), { hidden });
  const asked = { count: 0 };
  const getUserMedia = (): Promise<never> => {
    asked.count++;
    return Promise.reject(new Error("none"));
  };
  const mediaDevices = { getUserMedia, enumerateDevices: () => Promise.resolve([]) };
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices }, configurable: true });
  Object.defineProperty(globalThis, "document", { value: page, configurable: true });
  const local = new LocalMedia(() => undefined);
  local.camera.value = { on: true, opening: false, track: new Track() as unknown as MediaStreamTrack, failure: undefined };
  return { local, page, asked };
}

test("a hidden page waits once to be seen, however often the room asks for its camera", () => {
  const { local, page } = setUp(true);
  for (let i = 0; i < 5; i++) void local.restart("camera", "video");
  assert.equal(page.listeners, 1);
});

test("no device is opened after the end", async () => {
  const { local, asked } = setUp(false);
  local.close();
  await local.restart("camera", "video");
  assert.equal(asked.count, 0);
});
