import { effect, untracked } from "@preact/signals";
import type { RoomEvent } from "../media/room.ts";
import type { Peer } from "../signaling/messages.ts";
import { announce } from "../ui/live.tsx";
import type { App, Toast } from "./app.ts";
import { nameOf } from "./names.ts";
import { type OwnTrouble, ownText, ownTrouble } from "./quality.ts";
import { t } from "./text.ts";

/** A line stays for this long (ms); what it says also stands on the tiles. */
const stay = 6000;
let lastId = 0;

/** toast shows a passing line and has screen readers say it. */
export function toast(app: App, text: string, kind: Toast["kind"] = "info"): void {
  const id = ++lastId;
  app.toasts.value = [...app.toasts.value.slice(-2), { id, text, kind }];
  setTimeout(() => (app.toasts.value = app.toasts.value.filter((x) => x.id !== id)), stay);
  announce(text);
}

/** say puts what happened in the room into words. */
export function say(app: App, e: RoomEvent): void {
  switch (e.type) {
    case "joined":
      return e.again ? undefined : announce(t("room.joinedRoom"));
    case "peerJoined":
      return toast(app, t("room.peerJoined", { name: nameOf(e.peer) }));
    case "peerLeft":
      return toast(app, leftText(e.peer, e.reason));
    case "muted": {
      const name = e.by ? nameOf(e.by) : t("room.kind.user");
      return toast(app, t(e.kind === "audio" ? "room.mutedBy" : "room.cameraMutedBy", { name }), "warn");
    }
    case "ended":
      return announce(t(`room.ended.${e.reason}.title`), true);
    case "message":
      return;
    default:
      e satisfies never;
  }
}

/** sayMore speaks of what is no event of the room: a network that is slow, the connection that is back, a screen that could not be shared. */
export function sayMore(app: App): void {
  let troubled = false;
  effect(() => {
    const now = app.room.trouble.value !== undefined;
    if (troubled && !now && app.room.phase.value.name === "in") announce(t("room.back"));
    troubled = now;
  });
  let said: OwnTrouble | undefined;
  effect(() => {
    const now = ownTrouble(app.room);
    if (now && now !== said) announce(ownText(now));
    said = now;
  });
  effect(() => {
    const why = app.room.local.screen.value.failure;
    if (why) untracked(() => toast(app, t("room.noShare", { reason: why }), "warn"));
  });
}

function leftText(peer: Peer, reason: string): string {
  const name = nameOf(peer);
  if (reason === "removed") return t("room.peerRemoved", { name });
  return reason === "lost" ? t("room.peerLost", { name }) : t("room.peerLeft", { name });
}
