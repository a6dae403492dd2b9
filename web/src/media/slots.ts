import type { MediaKind, Source } from "../signaling/messages.ts";

/** What a page can send. The order is that of the m-lines: those of camera and microphone first, always. */
export const slots = ["camera:audio", "camera:video", "camera2:video", "screen:video", "screen:audio"] as const;

export type Slot = (typeof slots)[number];

/** parts splits a slot into its source and kind. */
export function parts(slot: Slot): { source: Source; kind: MediaKind } {
  const [source, kind] = slot.split(":") as [Source, MediaKind];
  return { source, kind };
}
