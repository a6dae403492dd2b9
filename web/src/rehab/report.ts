import type { Kind } from "../signaling/messages.ts";
import type { SessionEvent } from "./wire.ts";

/** What a session event tells; `text` is the server's own words, for kinds of events that have no text here. */
export interface Happening {
  what: What | undefined;
  /** `name` as it was then, "" when it was not written down. */
  who: { kind: Kind; uuid: string; name: string } | undefined;
  text: string;
}

export type What = "start" | "stop" | "join" | "leave" | "refused" | "accepted" | "entered" | "went";

const ofType: Record<number, What> = { 3: "start", 4: "stop", 12: "join", 13: "leave", 14: "refused" };

/** What the rehab service writes into events of the type "information". */
const information: [RegExp, What][] = [[/ is in the room$/, "entered"], [/ has left the room$/, "went"], [/ accepted the invitation$/, "accepted"]];
const general = 1;

/** happening reads a session event. Whom it is about is written as "User: <uuid>", "User <uuid>" or "User: <name> (<uuid>)". */
export function happening(e: Pick<SessionEvent, "id_session_event_type" | "session_event_text">): Happening {
  const text = e.session_event_text ?? "";
  const [, word, name, uuid] = /\b(User|Participant|Device):?\s+(?:(.*?) \()?([0-9a-f]{8}-[0-9a-f-]{27})/i.exec(text) ?? [];
  const who = word && uuid ? { kind: word.toLowerCase() as Kind, uuid, name: name ?? "" } : undefined;
  const what = e.id_session_event_type === general ? information.find(([words]) => words.test(text))?.[1] : ofType[e.id_session_event_type];
  return { what, who, text: text.replace(/ \([0-9a-f-]{36}\)/g, "") };
}
