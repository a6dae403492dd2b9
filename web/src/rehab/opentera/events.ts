import type { Kind } from "../../signaling/messages.ts";

/** What happened to somebody, as OpenTera's user manager tells it. */
export type Change = "connected" | "disconnected" | "joined" | "left" | "changed";

/** The events that OpenTera's websockets bring, as far as these pages use them. */
export type CoreEvent =
  | { type: "presence"; kind: Kind; uuid: string; name: string; change: Change }
  | {
      type: "join";
      session: string;
      /** The addressee's own address of the session. Sent again with the same characters: compared as text. */
      url: string;
      creator: string;
      users: string[];
      participants: string[];
      devices: string[];
    }
  | { type: "stop"; session: string }
  | { type: "leave"; session: string; users: string[]; participants: string[]; devices: string[] }
  | { type: "reply"; session: string; kind: Kind; uuid: string; reply: Reply; message: string };

export type Reply = "accepted" | "denied" | "busy" | "timeout";

type Fields = Record<string, unknown>;

const kinds = { UserEvent: "user", ParticipantEvent: "participant", DeviceEvent: "device" } as const;
const changes: Record<string, Change> = {
  CONNECTED: "connected", DISCONNECTED: "disconnected", JOINED_SESSION: "joined", LEFT_SESSION: "left",
  ADDED: "changed", UPDATED: "changed", DELETED: "changed",
};
const replies: Record<string, Reply> = {
  REPLY_ACCEPTED: "accepted", REPLY_DENIED: "denied", REPLY_BUSY: "busy", REPLY_TIMEOUT: "timeout",
};

/**
 * parse reads a text frame of OpenTera's websockets: the JSON of TeraMessage{message: TeraEvent{events}}. What it does
 * not know is left out; a frame that is not JSON ("Not allowed to send message") has no events.
 */
export function parse(frame: string): CoreEvent[] {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return [];
  }
  const events = fields(fields(value).message).events;
  return Array.isArray(events) ? events.flatMap((e: unknown) => one(fields(e)) ?? []) : [];
}

function one(e: Fields): CoreEvent | undefined {
  const type = text(e["@type"]).replace(/^.*\./, "");
  switch (type) {
    case "UserEvent":
    case "ParticipantEvent":
    case "DeviceEvent":
      return presence(kinds[type], e);
    case "JoinSessionEvent":
      return {
        type: "join", session: text(e.sessionUuid), url: text(e.sessionUrl), creator: text(e.sessionCreatorName),
        users: list(e.sessionUsers), participants: list(e.sessionParticipants), devices: list(e.sessionDevices),
      };
    case "StopSessionEvent":
      return { type: "stop", session: text(e.sessionUuid) };
    case "LeaveSessionEvent":
      return {
        type: "leave", session: text(e.sessionUuid),
        users: list(e.leavingUsers), participants: list(e.leavingParticipants), devices: list(e.leavingDevices),
      };
    case "JoinSessionReplyEvent":
      return reply(e);
    default:
      return undefined;
  }
}

function presence(kind: Kind, e: Fields): CoreEvent | undefined {
  const change = changes[text(e.type).replace(/^[A-Z]+?_/, "")];
  const name = text(e.userFullname) || text(e.participantName) || text(e.deviceName);
  const uuid = text(e[`${kind}Uuid`]);
  return change && uuid ? { type: "presence", kind, uuid, name, change } : undefined;
}

function reply(e: Fields): CoreEvent | undefined {
  const answer = replies[text(e.joinReply)];
  const kind = (["user", "participant", "device"] as const).find((k) => text(e[`${k}Uuid`]) !== "");
  if (!answer || !kind) return undefined;
  return { type: "reply", session: text(e.sessionUuid), kind, uuid: text(e[`${kind}Uuid`]), reply: answer, message: text(e.replyMsg) };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
function list(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
}
