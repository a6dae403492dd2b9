import type { Page, Route, WebSocketRoute } from "playwright-core";

/** What the pretended server does in a state of the dashboard or of the participant's page. */
export interface Scenario {
  /** Answers by path, in place of the usual ones: a status, or a body. */
  answers?: Record<string, number | object>;
  running?: "none" | "one" | "two";
  /** Events that the websocket brings once it is open, by type and fields. */
  events?: [type: string, fields: object][];
  /** Milliseconds before the first event. */
  delay?: number;
  /** Close code of the websocket right after its opening. */
  close?: number;
  /** The websocket does not open. */
  noSocket?: boolean;
}

const minutes = (n: number): string => new Date(Date.now() + n * 60_000).toISOString();
const token = (claims: object): string =>
  ["{}", JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims }), "x"].map((p) => Buffer.from(p).toString("base64url")).join(".");

export const me = { user_uuid: "u-1", user_fullname: "Dr. Anne Roy" };
const participant = (id: number, name: string, online: boolean, seen: number | null, busy = false) => ({
  id_participant: id, participant_uuid: `p-${id}`, participant_name: name, id_project: 1, participant_lastonline: seen === null ? null : minutes(seen),
  participant_online: online, participant_busy: busy, participant_token_enabled: id !== 3,
  participant_token: id === 3 ? null : token({ iss: "TeraServer", jti: "5f1c3a4e-6d6a-4b8f-9a52-2a9a1f6f0b11", participant_uuid: "8d0c4f0a-7e0e-4e4d-9a39-8f0f8d7f3c21", id_participant: id }),
});
const participants = [
  participant(1, "Marie Tremblay", true, -5), participant(2, "Jean-Luc Gagnon", false, -60 * 26), participant(3, "Paul Côté", false, null),
  participant(4, "Lucie Fortin", true, -5, true), participant(5, "Élise Bouchard-Desrosiers", false, -60 * 24 * 12),
];
const users = [
  { id_user: 1, user_uuid: "u-1", user_name: "Dr. Anne Roy", user_online: true },
  { id_user: 2, user_uuid: "u-2", user_name: "Samuel Ng", user_online: true, user_lastonline: minutes(-3) },
];
const devices = [{ id_device: 1, device_uuid: "d-1", device_name: "Kitchen robot", device_online: true }];
const session = (id: number, name: string, start: number, status: number, duration = 0) => ({
  id_session: id, session_uuid: `s-${id}`, session_name: name, id_session_type: 1, session_type_name: "Video session",
  session_start_datetime: minutes(start), session_duration: duration, session_status: status, session_creator_user: "Dr. Anne Roy",
  session_users: [{ user_uuid: "u-1", user_name: "Dr. Anne Roy" }],
  session_participants: [{ participant_uuid: "p-1", participant_name: "Marie Tremblay" }], session_devices: [],
});
const running = [
  {
    id_session: 11, session_uuid: "s-11", session_name: "Knee exercises", id_session_type: 1, started_at: minutes(-12), can_manage: true,
    creator: { kind: "user", uuid: "u-1", name: "Dr. Anne Roy" }, url: "https://h/webrtc/8080/users?key=u-1.x",
    members: [
      { kind: "user", uuid: "u-1", name: "Dr. Anne Roy", status: "left" }, { kind: "participant", uuid: "p-4", name: "Lucie Fortin", status: "in_room" },
      { kind: "participant", uuid: "p-2", name: "Jean-Luc Gagnon", status: "no_answer" }, { kind: "device", uuid: "d-1", name: "Kitchen robot", status: "reconnecting" },
    ],
  },
  {
    id_session: 12, session_uuid: "s-12", session_name: "Shoulder group", id_session_type: 2, started_at: minutes(-71), can_manage: false,
    creator: { kind: "user", uuid: "u-2", name: "Samuel Ng" }, url: null,
    members: [{ kind: "user", uuid: "u-2", name: "Samuel Ng", status: "in_room" }, { kind: "participant", uuid: "p-5", name: "Élise Bouchard-Desrosiers", status: "opening" }],
  },
];

/** The quality report of a session in which the participant's network was poor for a while. */
function quality(): string {
  const people = [
    {
      kind: "participant", uuid: "p-1", minutes: 39.2, words: { good: 0.71, fair: 0.17, poor: 0.12 }, rtt: 84, rtt95: 410, loss_up: 0.021, loss_down: 0.034, kbps_up: 812, kbps_down: 1340,
      freezes: 6, frozen: 14.2, concealed: 0.008, reconnects: 1, faults: 1, sizes: { "720": 0.64, "240": 0.31, none: 0.05 }, worst: { at: minutes(-81), loss: 0.19, rtt: 640, frozen: 8.4 },
    },
    { kind: "user", uuid: "u-1", minutes: 40, words: { good: 1 }, rtt: 12, rtt95: 19, loss_up: 0, loss_down: 0.001, kbps_up: 1510, kbps_down: 790, sizes: { "720": 1 } },
  ];
  return `Quality report: Participant: Marie Tremblay (p-1): 39.2 min\n${JSON.stringify({ version: 1, people })}`;
}

const usual: Record<string, unknown> = {
  "/api/user/login": { ...me, user_token: token({}), websocket_url: "wss://h/wss/user?id=1" },
  "/api/user/refresh_token": { refresh_token: token({}), websocket_url: "wss://h/wss/user?id=2" },
  "/api/user/logout": {},
  "/api/user/login/setup_2fa": { qr_code: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", otp_secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" },
  "/api/user/sites": [{ id_site: 1, site_name: "Sherbrooke" }, { id_site: 2, site_name: "Montréal" }],
  "/api/user/projects": [
    { id_project: 1, id_site: 1, project_name: "Hip recovery" }, { id_project: 2, id_site: 1, project_name: "Stroke, first year" }, { id_project: 3, id_site: 2, project_name: "Balance" },
  ],
  "/api/user/devices": devices,
  "/api/user/sessiontypes": [
    { id_session_type: 1, session_type_name: "Video session", session_type_category: 1, id_service: 5 },
    { id_session_type: 2, session_type_name: "Group exercise", session_type_category: 1, id_service: 5 },
  ],
  "/api/user/sessions/events": [
    { id_session_event: 1, id_session_event_type: 3, session_event_datetime: minutes(-100), session_event_text: null },
    { id_session_event: 2, id_session_event_type: 12, session_event_datetime: minutes(-99), session_event_text: "Participant: p-1" },
    { id_session_event: 3, id_session_event_type: 4, session_event_datetime: minutes(-60), session_event_text: null },
    { id_session_event: 4, id_session_event_type: 1, session_event_datetime: minutes(-60), session_event_text: quality() },
  ],
  "/api/config": { version: "dev", service_key: "VideoRehabService", service_uuid: "s" },
  "/api/participant/login": { participant_uuid: "p-1", participant_name: "Marie Tremblay", websocket_url: "wss://h/wss/participant?id=1" },
  "/api/participant/logout": {},
};

/** pretend makes a page's server answer as a scenario says. The rehab service is beside the page: below /api too. */
export async function pretend(page: Page, scenario: Scenario): Promise<void> {
  await page.route(/\/api\//, (route) => void answer(route, scenario));
  await page.route(/\/webrtc\//, (route) => route.fulfill({ contentType: "text/html", body: "<body style='background:#0e141d;color:#fff;font:20px sans-serif'><p>The session page" }));
  await page.routeWebSocket(/\/wss\//, (socket) => open(socket, scenario));
}

function answer(route: Route, scenario: Scenario): Promise<void> {
  const url = new URL(route.request().url());
  const said = scenario.answers?.[url.pathname];
  if (said === 0) return route.abort("connectionrefused");
  if (typeof said === "number") return route.fulfill({ status: said, contentType: "text/html", body: "Unauthorized" });
  if (said) return route.fulfill({ json: said });
  const list = running.slice(0, { none: 0, one: 1, two: 2 }[scenario.running ?? "none"]);
  switch (url.pathname) {
    case "/api/user/participants":
      return route.fulfill({ json: url.searchParams.has("id_participant") ? participants.filter((p) => String(p.id_participant) === url.searchParams.get("id_participant")) : participants });
    case "/api/user/users":
      return route.fulfill({ json: url.searchParams.has("self") ? users.slice(0, 1) : users });
    case "/api/user/sessions":
      return route.fulfill({ json: url.searchParams.get("status") === "0" ? [session(21, "Hip, first visit", 90, 0)] : past() });
    case "/api/sessions":
      return route.fulfill({ json: { sessions: list } });
    case "/api/events":
      return route.fulfill({ contentType: "text/event-stream", body: `event: sessions\ndata: ${JSON.stringify({ sessions: list })}\n\n` });
    default:
      return url.pathname in usual ? route.fulfill({ json: usual[url.pathname] }) : route.fulfill({ status: 404, body: "" });
  }
}

function past(): object[] {
  return [
    session(9, "Knee exercises", -60 * 24, 2, 2520), session(8, "Video session 2026.14", -60 * 24 * 2, 2, 1860), session(7, "Video session 2026.13", -60 * 24 * 5, 2, 240),
    session(6, "Video session 2026.12", -60 * 24 * 9, 3), session(5, "Video session 2026.11", -60 * 24 * 12, 2, 5460),
    session(4, "Video session 2026.10", -60 * 24 * 16, 2, 1800), session(3, "Video session 2026.9", -60 * 24 * 20, 2, 1700),
  ];
}

function open(socket: WebSocketRoute, scenario: Scenario): void {
  if (scenario.noSocket) return void socket.close({ code: 1011 });
  socket.onMessage(() => socket.send("Not allowed to send message"));
  const tell = (): void => {
    for (const [type, fields] of scenario.events ?? []) {
      const event = { "@type": `type.googleapis.com/opentera.protobuf.${type}`, ...fields };
      socket.send(JSON.stringify({ message: { "@type": "type.googleapis.com/opentera.protobuf.TeraEvent", events: [event] } }));
    }
  };
  if (scenario.delay) setTimeout(tell, scenario.delay);
  else tell();
  if (scenario.close) setTimeout(() => void socket.close({ code: scenario.close }), 300);
}
