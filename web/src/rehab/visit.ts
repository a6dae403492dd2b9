/** Where this page is with respect to sessions. The session page is a frame that fills the dashboard. */
export type Visit =
  | { at: "dashboard" }
  /** Asked for; the session is being started or opened. `uuid` is "" until the server has named it. */
  | { at: "opening"; uuid: string; title: string; calling: string[] }
  | { at: "room"; uuid: string; title: string; url: string };

/** How a visit ended, for a text on the dashboard (i18n: rehab.ended); "" when the person left by themselves. */
export type Ended = "" | "stopped" | "removed" | "replaced" | "full" | "refused" | "failed";

export type VisitEvent =
  | { type: "open"; uuid: string; title: string; calling: string[] }
  /** The server has named the session that was asked for. */
  | { type: "named"; uuid: string; title?: string }
  /** An address of this user's is known for a session. */
  | { type: "address"; uuid: string; url: string }
  | { type: "end"; uuid: string; why: Ended }
  /** The frame says that the person left, or that it ended for them. */
  | { type: "frame"; why: Ended };

export const dashboard: Visit = { at: "dashboard" };

/** step gives the next state; a state that does not change is the same object, so that a frame is not loaded again. */
export function step(visit: Visit, e: VisitEvent): Visit {
  switch (e.type) {
    case "open":
      return visit.at === "room" && visit.uuid === e.uuid ? visit : { at: "opening", uuid: e.uuid, title: e.title, calling: e.calling };
    case "named":
      return visit.at === "opening" && visit.uuid === "" ? { ...visit, uuid: e.uuid, title: e.title || visit.title } : visit;
    case "address":
      if (visit.at === "dashboard" || visit.uuid === "" || visit.uuid !== e.uuid) return visit;
      if (visit.at === "room" && visit.url === e.url) return visit; // said again: the page goes on
      return { at: "room", uuid: e.uuid, title: visit.title, url: e.url };
    case "end":
      return visit.at !== "dashboard" && visit.uuid === e.uuid ? dashboard : visit;
    case "frame":
      return visit.at === "room" ? dashboard : visit;
  }
}

/** ending turns a reason of the room ("stopped") into one that the dashboard has a text for. */
export function ending(reason: unknown): Ended {
  const known: readonly Ended[] = ["stopped", "removed", "replaced", "full", "refused"];
  return known.find((k) => k === reason) ?? "";
}
