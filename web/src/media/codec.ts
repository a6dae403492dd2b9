/** The video codecs that a page can be told to send, by "codec" in its address; the first one unless told otherwise. */
export const videoCodecs = ["vp8", "h264", "vp9", "av1"] as const;

export type VideoCodec = (typeof videoCodecs)[number];

/** videoCodec reads what the address says; unknown ones are the default. */
export function videoCodec(text: string): VideoCodec {
  return videoCodecs.find((c) => c === text.toLowerCase()) ?? videoCodecs[0];
}

/** prefer puts a codec first, then what every browser and robot decodes; the others stay allowed. */
export function prefer(t: RTCRtpTransceiver, codec: VideoCodec): void {
  const codecs = globalThis.RTCRtpSender?.getCapabilities?.("video")?.codecs;
  if (!codecs || !("setCodecPreferences" in t)) return;
  const order = [codec, "vp8", "h264"].map((name) => `video/${name}`);
  const rank = (c: RTCRtpCodec) => {
    const i = order.indexOf(c.mimeType.toLowerCase());
    return i < 0 ? order.length : i;
  };
  try {
    t.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
  } catch {
    // the browser's own order will do
  }
}
