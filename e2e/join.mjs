// Measures how long a browser that joins a running session waits for its first picture, over a path with 50 ms of round
// trip: from the opening of its websocket to the first frame shown, by its own clock. bench/join makes room and path.
// node join.mjs [rounds]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { launch, person } from "./lib/browser.mjs";
import { until } from "./lib/system.mjs";

const rounds = Number(process.argv[2] ?? 11);
const root = fileURLToPath(new URL("..", import.meta.url));
const paths = spawn(`${root}/bin/join`, ["-serve", "-program", `${root}/bin/gotera-room`, ...process.argv.slice(3)], { stdio: ["pipe", "pipe", "ignore"] });
const [line] = await createInterface({ input: paths.stdout })[Symbol.asyncIterator]().next().then((r) => [r.value]);
const { direct, slow } = JSON.parse(line);
const browser = await launch();
const took = { open: [], joined: [], offered: [], "offer taken": [], answered: [], "ICE connected": [], connected: [], "first frame": [] };

/** Runs in the page: notes when what happened. */
function watch() {
  const at = (window.at = {});
  const note = (what) => (at[what] ??= performance.now());
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      note("began");
      super(...args);
      this.addEventListener("open", () => note("open"));
      this.addEventListener("message", ({ data }) => {
        if (data.includes('"type":"joined"')) note("joined");
        if (data.includes('"type":"offer"')) note("offered");
      });
    }
    send(data) {
      if (data.includes('"type":"answer"')) note("answered");
      super.send(data);
    }
  };
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...args) {
      super(...args);
      this.addEventListener("iceconnectionstatechange", () => this.iceConnectionState === "connected" && note("ICE connected"));
      this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && note("connected"));
    }
    async setRemoteDescription(...args) {
      await super.setRemoteDescription(...args);
      note("offer taken");
    }
  };
  const look = () => {
    const video = document.querySelector(".tile:not(.self) video");
    if (!video) return requestAnimationFrame(look);
    video.requestVideoFrameCallback((now) => (at["first frame"] = now));
  };
  look();
}

try {
  const camera = await person(browser);
  await camera.goto(direct);
  await camera.waitForSelector(".tile video");
  for (let i = 0; i < rounds; i++) {
    const page = await person(browser);
    await page.addInitScript(watch);
    await page.goto(slow);
    const at = await until("the first frame", () => page.evaluate(() => window.at["first frame"] && window.at), 20_000, 20);
    for (const what of Object.keys(took)) took[what].push(at[what] - at.began);
    await page.context().close();
  }
  for (const [what, values] of Object.entries(took)) {
    values.sort((a, b) => a - b);
    console.log(`${what}: median ${Math.round(values[values.length >> 1])} ms (${Math.round(values[0])} to ${Math.round(values.at(-1))}) of ${rounds}`);
  }
} finally {
  await browser.close();
  paths.stdin.end();
}
