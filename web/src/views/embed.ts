import type { App } from "./app.ts";

/** What this page tells the page that frames it. */
type Outgoing = { event: "ready" | "joined" | "left" | "ended" | "invite"; detail?: unknown };

/** post sends to the page around this one, when there is one of the same origin. */
export function post(m: Outgoing): void {
  if (parent !== window) parent.postMessage({ gotera: "room", ...m }, location.origin);
}

/** listen obeys the page around this one: "hello" (may it invite?) and "leave". */
export function listen(app: App): void {
  addEventListener("message", ({ origin, source, data }: MessageEvent<unknown>) => {
    if (origin !== location.origin || source !== parent || parent === window) return;
    if (typeof data !== "object" || data === null || !("gotera" in data) || data.gotera !== "host") return;
    const { command, canInvite } = data as { command?: unknown; canInvite?: unknown };
    if (command === "hello") app.canInvite.value = canInvite === true;
    else if (command === "leave") app.room.leave();
  });
}
