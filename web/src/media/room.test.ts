import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { ClientMessage } from "../signaling/messages.ts";
import { Room } from "./room.ts";

/** A websocket of which the test is the other end: here says that it is open and in the room. */
class Wire {
  static readonly OPEN = 1;
  static all: Wire[] = [];
  readyState = 0;
  sent: ClientMessage[] = [];
  onopen = (): void => undefined;
  onmessage = (_: { data: string }): void => undefined;
  onclose = (_: { code: number; reason: string }): void => undefined;
  constructor() {
    Wire.all.push(this);
  }
  send = (text: string): unknown => this.sent.push(JSON.parse(text) as ClientMessage);
  close = (): void => void (this.readyState = 3);
  here(how: { resumed: boolean; fresh: boolean }): void {
    this.readyState = Wire.OPEN;
    this.onopen();
    const self = { kind: "user", uuid: "", name: "", verified: false };
    const session = { uuid: "", name: "", startedAt: "" };
    this.onmessage({ data: JSON.stringify({ type: "joined", peer: "me", resume: "me.token", self, session, peers: [], invitees: [], iceServers: [], canManage: false, ...how }) });
  }
  get views(): unknown[] {
    return this.sent.flatMap((m) => (m.type === "view" ? [m.tracks] : []));
  }
}

/** A connection that nothing has been said on. */
class Connection {
  connectionState = "new";
  signalingState = "stable";
  getTransceivers = (): object[] => [];
  getStats = async (): Promise<object> => new Map();
  setConfiguration = (): void => undefined;
  restartIce = (): void => undefined;
  close = (): void => undefined;
}

const names = ["WebSocket", "RTCPeerConnection", "navigator"] as const;
const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
let room: Room;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  Wire.all = [];
  for (const [name, value] of [["WebSocket", Wire], ["RTCPeerConnection", Connection], ["navigator", { sendBeacon: () => true }]] as const) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  room = new Room({ key: "", name: "", uuid: "", source: "web", lang: "", codec: "", socketURL: "wss://room.test/?key=", statusURL: "/status", leaveURL: "/leave" }, () => undefined);
  room.open();
});
afterEach(() => {
  room.leave();
  names.forEach((name, i) => before[i] && Object.defineProperty(globalThis, name, before[i]));
  mock.timers.reset();
});

/** later moves the clock, and lets promises that are ready go on. */
async function later(ms: number): Promise<void> {
  mock.timers.tick(ms);
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test("what was shown while the websocket was lost is told when it is back: a page that was hidden is not kept black", async () => {
  const shown = [{ track: "other:camera:video", width: 640, height: 480 }];
  const hidden = [{ track: "other:camera:video", width: 0, height: 0 }];
  Wire.all[0]?.here({ resumed: false, fresh: true });
  room.view(shown);
  room.view(hidden);
  assert.deepEqual(Wire.all[0]?.views, [shown, hidden]);
  Wire.all[0]?.onclose({ code: 1006, reason: "" });
  room.view(shown); // nobody hears it
  await later(1_000);
  assert.equal(Wire.all.length, 2);
  Wire.all[1]?.here({ resumed: true, fresh: false });
  assert.deepEqual(Wire.all[1]?.views, [shown]);
});

test("before anything is shown nothing is told of it", () => {
  Wire.all[0]?.here({ resumed: false, fresh: true });
  assert.deepEqual(Wire.all[0]?.views, []);
});

test("who is to be removed, and the end for all, is asked for once the websocket is back", async () => {
  const asked = (i: number): unknown[] => Wire.all[i]?.sent.filter((m) => m.type === "request") ?? [];
  Wire.all[0]?.here({ resumed: false, fresh: true });
  Wire.all[0]?.onclose({ code: 1006, reason: "" });
  room.remove("participant", "p");
  room.stopForAll();
  await later(1_000);
  Wire.all[1]?.here({ resumed: true, fresh: false });
  assert.deepEqual(asked(1), [{ type: "request", action: "remove", kind: "participant", uuid: "p" }, { type: "request", action: "stop" }]);
  Wire.all[1]?.onclose({ code: 1006, reason: "" });
  room.stopForAll();
  mock.timers.setTime(1_100_000);
  await later(1_000);
  const last = Wire.all.length - 1;
  Wire.all[last]?.here({ resumed: true, fresh: false });
  assert.equal(Wire.all[last]?.sent[0]?.type, "join");
  assert.deepEqual(asked(last), [], "it was asked for long ago");
});
