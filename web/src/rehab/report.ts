import type { Kind } from "../signaling/messages.ts";
import type { SessionEvent } from "./wire.ts";

/** What a session event tells; `text` is the server's own words, for kinds of events that have no text here. */
export interface Happening {
  what: "start" | "stop" | "join" | "leave" | "refused" | undefined;
  who: { kind: Kind; uuid: string } | undefined;
  text: string;
}

const kindsOfEvent: Record<number, Happening["what"]> = { 3: "start", 4: "stop", 12: "join", 13: "leave", 14: "refused" };

/** happening reads a session event; the rehab service writes who it is about as "User: <uuid>" or "User <uuid>". */
export function happening(e: Pick<SessionEvent, "id_session_event_type" | "session_event_text">): Happening {
  const text = e.session_event_text ?? "";
  const [, word, uuid] = /\b(User|Participant|Device):?\s+([0-9a-f]{8}-[0-9a-f-]{27})/i.exec(text) ?? [];
  const who = word && uuid ? { kind: word.toLowerCase() as Kind, uuid } : undefined;
  return { what: kindsOfEvent[e.id_session_event_type], who, text };
}
