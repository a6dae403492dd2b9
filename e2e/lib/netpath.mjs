// A bad network path between one page and its room: the program e2e/netpath, and the signaling rewritten so that both
// ends know no other way to each other.
import { join, dirname } from "node:path";
import { createInterface } from "node:readline";
import { Child, gotera } from "./system.mjs";

const program = join(dirname(gotera), "netpath");

/** What an IPv4 packet with UDP has before its payload, bytes: links carry that too. */
const headers = 28;

/**
 * How long (ms) after at a second begins in which no more than kbps came one way, by the notes of watch: the sender has
 * understood what the link carries. undefined: none.
 */
export function fits(notes, way, kbps, at) {
  for (const [i, note] of notes.entries()) {
    const later = notes.slice(i).find((n) => n.at >= note.at + 1000);
    if (note.at >= at && later && ((later[way] - note[way]) * 8) / (later.at - note.at) <= kbps) return note.at - at;
  }
  return undefined;
}

/** A running relay to a UDP address ("127.0.0.1:18080"). */
export class NetPath {
  /** Starts one; the same seed makes the same decisions for the same packets. */
  static async start(to, seed = 1) {
    const path = new NetPath();
    path.child = new Child("netpath", program, ["-to", to, "-seed", `${seed}`]);
    path.waiting = [];
    path.child.exited.then(() => path.waiting.splice(0).forEach((w) => w.reject(new Error(`netpath ended: ${path.child.output}`))));
    createInterface({ input: path.child.process.stdout }).on("line", (line) => path.waiting.shift()?.resolve(JSON.parse(line)));
    const { listen } = await path.answer();
    [path.host, path.port] = listen.split(":");
    return path;
  }
  answer() {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }
  async ask(command) {
    const answer = this.answer();
    this.child.process.stdin.write(JSON.stringify(command) + "\n");
    const got = await answer;
    if (got.error) throw new Error(`netpath: ${got.error}`);
    return got;
  }
  /** New profiles (impair.Profile) from the page to the room and from the room to the page; {} does nothing. */
  set({ up = {}, down = {} }) {
    return this.ask({ up, down });
  }
  /** What was done so far, by direction (relay.Report). */
  report() {
    return this.ask({ report: true });
  }
  /** Notes four times a second how much comes, until the returned function is called, which returns the notes. */
  watch() {
    const notes = [];
    const look = async () => {
      const { up, down } = await this.report();
      notes.push({ at: Date.now(), up: up.bytes + headers * up.packets, down: down.bytes + headers * down.packets });
    };
    const timer = setInterval(() => look().catch(() => clearInterval(timer)), 250);
    return () => (clearInterval(timer), notes);
  }
  async stop() {
    this.child.process.stdin.end();
    await this.child.exited;
  }
}

/**
 * Makes a page of a room know nothing but path as the way to the room's media, and the room nothing but path as the way
 * to the page: candidates are taken out of what the page sends, and each of the room's becomes the relay's or goes.
 */
export async function throughPath(page, path) {
  const relay = `candidate:1 1 udp 2130706431 ${path.host} ${path.port} typ host`;
  const lines = (sdp, candidate) => {
    let first = true; // of each m-line
    return sdp.split("\r\n").flatMap((line) => {
      if (line.startsWith("m=")) first = true;
      if (!line.startsWith("a=candidate:")) return [line];
      const mine = first && candidate;
      first = false;
      return mine ? [`a=${candidate}`] : [];
    }).join("\r\n");
  };
  const fromRoom = (m) => {
    if (m.sdp) m.sdp = lines(m.sdp, relay);
    if (m.type === "candidate" && m.candidate?.candidate) m.candidate.candidate = relay;
    if (m.type === "joined" || m.type === "quality" || m.type === "reduced" || m.type === "stalled") page.told.push({ at: Date.now(), ...m });
    return m;
  };
  const fromPage = (m) => {
    if (m.sdp) m.sdp = lines(m.sdp, "");
    return m.type === "candidate" && m.candidate?.candidate ? null : m;
  };
  page.told = []; // what the room said of the path, with the time
  await page.routeWebSocket(/\/websocket\//, (socket) => {
    const server = socket.connectToServer();
    const pass = (change, to) => (text) => {
      const m = change(JSON.parse(text));
      if (m) to.send(JSON.stringify(m));
    };
    socket.onMessage(pass(fromPage, server));
    server.onMessage(pass(fromRoom, socket));
  });
}
