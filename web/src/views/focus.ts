import type { RoomEvent } from "../media/room.ts";
import type { App } from "./app.ts";

/** Topic of the messages by which a clinician sets what everyone sees large. Data: { key: tile key or "" }. */
const topic = "focus";

/** setFocus shows a tile large to everybody; undefined ends it. */
export function setFocus(app: App, key: string | undefined): void {
  app.focus.value = key ? { key, by: "" } : undefined;
  app.room.message(topic, { key: key ?? "" });
}

/** followFocus takes part in what clinicians show: their messages, newcomers, and their leaving. */
export function followFocus(app: App, e: RoomEvent): void {
  const current = app.focus.value;
  if (e.type === "message" && e.topic === topic && e.from?.kind === "user") {
    const key = readKey(e.data);
    app.focus.value = key ? { key, by: e.from.id } : undefined;
  } else if (e.type === "peerJoined" && current?.by === "") {
    app.room.message(topic, { key: current.key }, e.peer.id);
  } else if (e.type === "peerLeft" && current?.by === e.peer.id) {
    app.focus.value = undefined;
  }
}

function readKey(data: unknown): string {
  return typeof data === "object" && data !== null && "key" in data && typeof data.key === "string" ? data.key : "";
}
