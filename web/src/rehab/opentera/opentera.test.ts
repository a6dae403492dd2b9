import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Backoff } from "../../signaling/backoff.ts";
import { core, roomAddress, sameOrigin, service } from "./address.ts";
import { authorization, CallError, spoken } from "./call.ts";
import { type CoreEvent, parse } from "./events.ts";
import { CoreSocket, type Wire } from "./socket.ts";
import { StreamParser } from "./stream.ts";
import { claims, refreshDelay } from "./token.ts";

const place = (pathname: string) => ({ protocol: "https:", host: "clinic:40075", pathname });

function frame(...events: [type: string, fields: object][]): string {
  const list = events.map(([type, fields]) => ({ "@type": `type.googleapis.com/opentera.protobuf.${type}`, ...fields }));
  const header = { version: 1, time: 1.7e9, topic: "t" };
  return JSON.stringify({ message: { "@type": "type.googleapis.com/opentera.protobuf.TeraEvent", header, events: list } });
}

test("events of OpenTera's websockets are read", () => {
  const cases: [string, object, CoreEvent | undefined][] = [
    ["UserEvent", { userUuid: "u", type: "USER_CONNECTED", userFullname: "A R" }, { type: "presence", kind: "user", uuid: "u", name: "A R", change: "connected" }],
    ["ParticipantEvent", { participantUuid: "p", type: "PARTICIPANT_LEFT_SESSION", participantName: "M" }, { type: "presence", kind: "participant", uuid: "p", name: "M", change: "left" }],
    ["DeviceEvent", { deviceUuid: "d", type: "DEVICE_DISCONNECTED", deviceName: "R" }, { type: "presence", kind: "device", uuid: "d", name: "R", change: "disconnected" }],
    ["DeviceEvent", { deviceUuid: "d", type: "DEVICE_STATUS_CHANGED", deviceName: "R" }, undefined],
    [
      "JoinSessionEvent",
      { sessionUrl: "https://h/x?key=1", sessionCreatorName: "A", sessionUuid: "s", sessionParticipants: ["p"], sessionUsers: [], joinMsg: "Join me!" },
      { type: "join", session: "s", url: "https://h/x?key=1", creator: "A", users: [], participants: ["p"], devices: [] },
    ],
    ["StopSessionEvent", { sessionUuid: "s", serviceUuid: "v" }, { type: "stop", session: "s" }],
    ["LeaveSessionEvent", { sessionUuid: "s", leavingUsers: ["u"] }, { type: "leave", session: "s", users: ["u"], participants: [], devices: [] }],
    ["JoinSessionReplyEvent", { sessionUuid: "s", userUuid: "", participantUuid: "p", joinReply: "REPLY_DENIED", replyMsg: "no" }, { type: "reply", session: "s", kind: "participant", uuid: "p", reply: "denied", message: "no" }],
    ["JoinSessionReplyEvent", { sessionUuid: "s", userUuid: "u", joinReply: "REPLY_UNKNOWN" }, undefined],
    ["ArchiveEvent", { archiveUuid: "a" }, undefined],
  ];
  for (const [type, fields, want] of cases) assert.deepEqual(parse(frame([type, fields])), want ? [want] : [], type);
  assert.equal(parse(frame(["StopSessionEvent", { sessionUuid: "a" }], ["Later", {}], ["StopSessionEvent", { sessionUuid: "b" }])).length, 2);
});

test("frames that are no events are skipped", () => {
  for (const bad of ["", "Not allowed to send message", "1", "null", "[]", "{}", '{"message":1}', '{"message":{"events":"x"}}', '{"message":{"events":[null,1,{}]}}']) {
    assert.deepEqual(parse(bad), [], bad);
  }
});

test("addresses follow the page", () => {
  assert.equal(service("api/sessions", place("/rehab/")), "/rehab/api/sessions");
  assert.equal(service("api/sessions", place("/rehab/participant")), "/rehab/api/sessions");
  assert.equal(service("api/sessions", place("/rehab")), "/rehab/api/sessions");
  assert.equal(service("api/sessions", place("/")), "/api/sessions");
  assert.equal(core("user/sessions", { id_user: 3, limit: undefined, list: true }), "/api/user/sessions?id_user=3&list=true");
  assert.equal(sameOrigin("wss://127.0.0.1/wss/user?id=a%2Bb", place("/rehab/")), "wss://clinic:40075/wss/user?id=a%2Bb");
  assert.equal(sameOrigin("https://other/webrtc/8080/users?key=k", { ...place("/"), protocol: "http:" }), "http://clinic:40075/webrtc/8080/users?key=k");
});

test("the session's address keeps its key and gets encoded parameters", () => {
  const url = "https://h/webrtc/8080/participants?key=p.m-_";
  const got = roomAddress(url, { name: "Élise O'Neil & fils #2", uuid: "p", source: "web", lang: "fr" }, place("/rehab/participant"));
  const query = new URL(got).searchParams;
  assert.ok(got.startsWith("https://clinic:40075/webrtc/8080/participants?key=p.m-_&name="), got);
  assert.equal(query.get("name"), "Élise O'Neil & fils #2");
  assert.equal(query.get("lang"), "fr");
});

test("refusals are told in words", () => {
  assert.equal(spoken('"Forbidden"\n'), "Forbidden");
  assert.equal(spoken('{"message":"No"}'), "No");
  assert.equal(spoken('{"error":"Token"}'), "Token");
  assert.equal(spoken("Unauthorized"), "Unauthorized");
  assert.equal(spoken("<!doctype html><h1>502"), "");
  assert.equal(authorization({ username: "é", password: "p:w" }), "Basic w6k6cDp3");
  assert.equal(authorization({ token: "t" }), "OpenTera t");
});

const jwt = (payload: object) => ["{}", JSON.stringify(payload), ""].map((p) => Buffer.from(p).toString("base64url")).join(".");

test("tokens are renewed after two thirds of what is left of their life", () => {
  const now = 1_000_000_000;
  const left = (seconds: number) => refreshDelay(jwt({ exp: now / 1000 + seconds }), now);
  assert.equal(left(3600), 2_400_000);
  assert.equal(left(1800), 1_200_000);
  assert.equal(left(-5), 5_000); // asked at once, but not without pause
  assert.equal(left(10 * 86_400), 3_600_000);
  assert.equal(refreshDelay(jwt({}), now), undefined);
  assert.deepEqual(claims(jwt({ user_uuid: "u", user_fullname: "Élise" })), { expires: undefined, uuid: "u", name: "Élise" });
  for (const bad of ["", "x", "a.b.c", "..", "e30.bnVsbA.x"]) assert.equal(claims(bad), undefined, bad);
});

test("event streams are read in any pieces", () => {
  const text = ': hello\n\nevent: sessions\ndata: {"a":\ndata:  1}\n\r\ndata: é\r\n\r\nevent: none\n\n';
  const want = [{ event: "sessions", data: '{"a":\n 1}' }, { event: "message", data: "é" }];
  for (let size = 1; size <= text.length; size++) {
    const parser = new StreamParser();
    const got = [];
    for (let at = 0; at < text.length; at += size) got.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(got, want, `pieces of ${size}`);
  }
});

/** FakeWire is a websocket that the test opens, feeds and closes. */
class FakeWire implements Wire {
  onopen: Wire["onopen"] = null;
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  sent: string[] = [];
  closed = false;
  constructor(readonly url: string) {}
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
}

function socket(next: () => Promise<string>) {
  const wires: FakeWire[] = [];
  const log: string[] = [];
  const s = new CoreSocket(next, {
    open: () => log.push("open"), event: (e) => log.push(e.type), lost: () => log.push("lost"),
    taken: () => log.push("taken"), refused: (e) => log.push(`refused ${e.status}`),
  }, (url) => wires[wires.push(new FakeWire(url)) - 1] as FakeWire, new Backoff(300, 8_000, () => 0));
  const last = () => wires.at(-1) as FakeWire;
  return { s, wires, log, last };
}

/** settle lets promises go on while the clock stands still. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test("a lost websocket comes back by itself, with growing waits", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  try {
    let failures = 3;
    const { s, wires, log, last } = socket(async () => {
      if (failures-- > 0) throw new CallError(0, "");
      return "wss://second";
    });
    s.open("wss://first");
    last().onopen?.();
    last().onmessage?.({ data: frame(["StopSessionEvent", { sessionUuid: "s" }]) });
    last().onclose?.({ code: 1006 });
    assert.deepEqual(log, ["open", "stop", "lost"]);
    for (const wait of [300, 540, 972, 1750]) {
      await settle();
      assert.equal(wires.length, 1, `nothing before ${wait} ms have passed`);
      mock.timers.tick(wait - 1);
      await settle();
      assert.equal(wires.length, 1, `nothing before ${wait} ms have passed`);
      mock.timers.tick(1);
      await settle();
    }
    assert.equal(last().url, "wss://second");
    last().onopen?.();
    assert.deepEqual(log, ["open", "stop", "lost", "open"], "the loss is told once");
    s.close();
    assert.ok(last().closed);
  } finally {
    mock.timers.reset();
  }
});

test("a websocket that does not open in time, or falls silent, is given up", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  try {
    const { s, wires, log, last } = socket(async () => "wss://again");
    s.open("wss://slow");
    mock.timers.tick(8_000);
    assert.ok(wires[0]?.closed);
    await settle();
    mock.timers.tick(300);
    await settle();
    assert.equal(wires.length, 2);
    last().onopen?.();
    assert.deepEqual(last().sent, ["ping"]);
    last().onmessage?.({ data: "Not allowed to send message" });
    mock.timers.tick(15_000); // the next word is sent, and not answered
    mock.timers.tick(6_000);
    assert.ok(wires[1]?.closed);
    assert.deepEqual(log, ["lost", "open", "lost"]);
    s.close();
  } finally {
    mock.timers.reset();
  }
});

test("a server that never answers words is not taken for dead", () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  try {
    const { s, wires, last } = socket(async () => "");
    s.open("wss://quiet");
    last().onopen?.();
    mock.timers.tick(120_000);
    assert.equal(wires[0]?.closed, false);
    s.close();
  } finally {
    mock.timers.reset();
  }
});

test("somebody else's login and a refused token end it", async () => {
  const first = socket(async () => "wss://never");
  first.s.open("wss://a");
  first.last().onclose?.({ code: 4000 });
  assert.deepEqual(first.log, ["taken"]);
  const second = socket(async () => {
    throw new CallError(401, "");
  });
  second.s.open();
  await settle();
  assert.deepEqual(second.log, ["lost", "refused 401"]);
});
