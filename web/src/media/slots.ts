import type { MediaKind, Source } from "../signaling/messages.ts";

/** What a page can send. The order is that of the m-lines: those of camera and microphone first, always. */
export const slots = ["camera:audio", "camera:video", "camera2:video", "screen:video", "screen:audio"] as const;

export type Slot = (typeof slots)[number];

/** parts splits a slot into its source and kind. */
export function parts(slot: Slot): { source: Source; kind: MediaKind } {
  const [source, kind] = slot.split(":") as [Source, MediaKind];
  return { source, kind };
}

/** encoding bounds what is sent, in bit/s and frames per second. */
export function encoding(slot: Slot): RTCRtpEncodingParameters {
  switch (slot) {
    case "camera:audio":
      return { maxBitrate: 48_000 };
    case "camera:video":
    case "camera2:video":
      return { maxBitrate: 1_500_000, maxFramerate: 30 };
    case "screen:video":
      return { maxBitrate: 2_500_000, maxFramerate: 15 };
    case "screen:audio":
      return { maxBitrate: 96_000 };
  }
}
