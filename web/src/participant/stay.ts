import type { CoreEvent } from "../rehab/opentera/events.ts";

/** The connection to the clinic, which brings calls. */
export type Link = "connecting" | "connected" | "lost" | "elsewhere" | "badLink";

/** A session that the participant is invited to. */
export interface Call {
  session: string;
  url: string;
  creator: string;
}

/** Where the participant is: in the waiting room, being called, or in a session. */
export type Place =
  | { at: "waiting" }
  /** `asked`: the call is shown. Otherwise it was put off or left, and can still be joined. */
  | { at: "called"; call: Call; asked: boolean }
  | { at: "room"; call: Call };

/** What happened last, for a text in the waiting room. */
export type Message = "" | "over" | "removed" | "left" | "replaced" | "full" | "refused" | "missed";

export interface Stay {
  link: Link;
  uuid: string;
  name: string;
  place: Place;
  message: Message;
}

export const arrival: Stay = { link: "connecting", uuid: "", name: "", place: { at: "waiting" }, message: "" };

export type StayEvent =
  | { type: "link"; link: Link }
  | { type: "known"; uuid: string; name: string }
  | { type: "core"; event: CoreEvent; /** How the event came about: told again to a page that has just connected? */ again: boolean; /** Join at once. */ direct: boolean }
  | { type: "accept" }
  | { type: "putOff" }
  /** What the session page said: the person left, or it ended for them. */
  | { type: "frame"; why: "left" | "stopped" | "removed" | "replaced" | "full" | "refused" };

/** step gives the next state. A session that goes on keeps its place object, so that its frame is not loaded again. */
export function step(stay: Stay, e: StayEvent): Stay {
  switch (e.type) {
    case "link":
      return stay.link === e.link ? stay : { ...stay, link: e.link };
    case "known":
      return { ...stay, uuid: e.uuid, name: e.name };
    case "core":
      return told(stay, e.event, e.again, e.direct);
    case "accept":
      return stay.place.at === "called" ? { ...stay, place: { at: "room", call: stay.place.call }, message: "" } : stay;
    case "putOff":
      return stay.place.at === "called" ? { ...stay, place: { ...stay.place, asked: false } } : stay;
    case "frame":
      return closed(stay, e.why);
  }
}

function told(stay: Stay, e: CoreEvent, again: boolean, direct: boolean): Stay {
  const { place } = stay;
  const here = place.at === "waiting" ? "" : place.call.session;
  switch (e.type) {
    case "join": {
      const call: Call = { session: e.session, url: e.url, creator: e.creator };
      if (place.at === "room") {
        // The same address again: the session goes on. Another session's invitation waits for nobody: one at a time.
        return here === e.session && place.call.url !== e.url ? { ...stay, place: { at: "room", call } } : stay;
      }
      if (direct) return { ...stay, place: { at: "room", call }, message: "" };
      // Told again after a reconnection, a call that was put off stays so; a new invitation rings again.
      const asked = again && place.at === "called" && here === e.session ? place.asked : true;
      return { ...stay, place: { at: "called", call, asked }, message: asked ? "" : stay.message };
    }
    case "stop":
      if (here !== e.session) return stay;
      return { ...stay, place: { at: "waiting" }, message: place.at === "room" || stay.message === "left" ? "over" : "missed" };
    case "leave":
      if (here !== e.session || !e.participants.includes(stay.uuid)) return stay;
      return { ...stay, place: { at: "waiting" }, message: "removed" };
    default:
      return stay;
  }
}

/** closed takes the participant back to the waiting room; where coming back makes sense, the call stays at hand. */
function closed(stay: Stay, why: Extract<StayEvent, { type: "frame" }>["why"]): Stay {
  const { place } = stay;
  if (place.at !== "room") return stay;
  if (why === "left" || why === "replaced" || why === "full") {
    return { ...stay, place: { at: "called", call: place.call, asked: false }, message: why };
  }
  return { ...stay, place: { at: "waiting" }, message: why === "stopped" ? "over" : why };
}
