// A room process alone, session pages in it, and what their PeerConnections say.
import { launch, person } from "./browser.mjs";
import { Child, freePort, gotera, until } from "./system.mjs";

const key = "alone";

/** Runs in each page before its own scripts: its PeerConnections can be asked for their figures. */
export function remember() {
  const Original = RTCPeerConnection;
  globalThis.connections = [];
  globalThis.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      globalThis.connections.push(this);
    }
  };
}

/** The video figures of a page's living connection of one type; codec is the name of theirs. */
export async function figures(page, type) {
  return page.evaluate(async (type) => {
    const list = [];
    for (const pc of connections.filter((c) => c.connectionState === "connected")) {
      const stats = await pc.getStats();
      stats.forEach((e) => e.type === type && e.kind === "video" && list.push({ ...e, codec: stats.get(e.codecId)?.mimeType }));
    }
    return list;
  }, type);
}

export class LoneRoom {
  static async start() {
    const alone = new LoneRoom();
    const [port, media] = [await freePort(), await freePort()];
    alone.process = new Child("room", gotera, ["room", `--port=${port}`, `--media_port=${media}`, `--key=${key}`, "--external_host=localhost"]);
    alone.base = `http://localhost:${port}`;
    await until("the room answers", async () => (await fetch(`${alone.base}/status?key=${key}`)).ok);
    alone.browser = await launch();
    return alone;
  }

  /** A session page of somebody with or without a camera. more is added to its address. */
  async enter(name, camera, viewport, more = "") {
    const page = await person(this.browser, { viewport, permissions: camera ? ["camera", "microphone"] : [] });
    await page.addInitScript(remember);
    if (!camera) await page.addInitScript(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"))));
    await page.goto(`${this.base}/users?key=${key}&name=${name}&uuid=${name}${more}`);
    await page.getByRole("button", { name: /^Leave/ }).first().waitFor();
    return page;
  }

  async stop() {
    await this.browser?.close();
    await this.process?.stop();
  }
}
