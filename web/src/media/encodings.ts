import type { VideoCodec } from "./codec.ts";
import type { Slot } from "./slots.ts";

/** An encoding, with what not every browser knows (W3C WebRTC-SVC). */
type Encoding = RTCRtpEncodingParameters & { scalabilityMode?: string };

/** Three temporal layers: the room may leave out half of the pictures, or three quarters. Browsers without them ignore it. */
const temporal = { scalabilityMode: "L1T3" };

/** A layer of a camera: its share of the width and height, in bit/s at most. */
function camera(rid: string, scaleResolutionDownBy: number, maxBitrate: number): Encoding {
  return { rid, scaleResolutionDownBy, maxBitrate, maxFramerate: 30, ...temporal };
}

/**
 * What VP9 and AV1 send in one stream: so many layers, each with twice the width and height of the one below, and temporal
 * ones in each. VP9's upper layers need the lower ones in keyframes only (_KEY), so that a viewer gets one at a time; AV1
 * has fewer layers because they are hard work to encode.
 */
const scalable = {
  vp9: { 3: "L3T3_KEY", 2: "L2T3_KEY", 1: "L1T3" },
  av1: { 3: "L2T2", 2: "L2T2", 1: "L1T2" },
} as const;

/** inOneStream is what VP9 and AV1 send instead of a list of encodings: the largest, with as many layers. */
function inOneStream(list: Encoding[], codec: "vp9" | "av1"): Encoding[] {
  const { rid: _, scaleResolutionDownBy: __, ...largest } = list[list.length - 1] ?? {};
  return [{ ...largest, scalabilityMode: scalable[codec][list.length as 1 | 2 | 3] }];
}

/**
 * encodings is what is sent of a slot, in bit/s and frames per second, the smallest first: the room passes on the one that
 * fits each viewer's picture and network. Browsers make no use of more layers than a small picture is worth.
 */
export function encodings(slot: Slot, track?: MediaStreamTrack): Encoding[] {
  switch (slot) {
    case "camera:audio":
      return [{ maxBitrate: 48_000 }];
    case "camera:video":
    case "camera2:video": {
      const { width = 1280, height = 720 } = track?.getSettings?.() ?? {};
      const size = Math.max(width, height);
      if (size >= 960) return [camera("q", 4, 150_000), camera("h", 2, 500_000), camera("f", 1, 1_500_000)];
      if (size >= 480) return [camera("h", 2, 150_000), camera("f", 1, 700_000)];
      return [{ maxBitrate: 400_000, maxFramerate: 30, ...temporal }];
    }
    case "screen:video": // text has to stay readable: the small layer is for those whose network is slow
      return [
        { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 10, scalabilityMode: "L1T2" },
        { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 2_500_000, maxFramerate: 15, scalabilityMode: "L1T2" },
      ];
    case "screen:audio":
      return [{ maxBitrate: 96_000 }];
  }
}

/** plainer are the same encodings for browsers that refuse them: without temporal layers, then the largest alone. */
export function plainer(list: Encoding[]): Encoding[][] {
  const without = list.map(({ scalabilityMode: _, ...rest }) => rest);
  const { rid: _, scaleResolutionDownBy: __, ...largest } = without[without.length - 1] ?? {};
  return [list, without, [largest]];
}

/** addSender adds an m-line that sends track, in as many layers as the browser takes. */
export function addSender(
  pc: RTCPeerConnection, slot: Slot, kind: string, track?: MediaStreamTrack, codec: VideoCodec = "vp8",
): RTCRtpTransceiver {
  let refused: unknown;
  const list = encodings(slot, track);
  const one = kind === "video" && (codec === "vp9" || codec === "av1");
  for (const sendEncodings of plainer(one ? inOneStream(list, codec) : list)) {
    try {
      return pc.addTransceiver(track ?? kind, { direction: "sendonly", sendEncodings });
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

/** What a sender of layers in one stream sends when all of them are needed. */
const whole = new WeakMap<RTCRtpSender, { layers: number; suffix: string; maxBitrate: number | undefined }>();

/**
 * limit has a sender encode its smallest layers only, so many of them; all when layers is undefined. Layers in one stream
 * are made fewer by sending the smaller picture that has as many.
 */
export async function limit(sender: RTCRtpSender, layers: number | undefined): Promise<void> {
  const parameters = sender.getParameters();
  const encodings: Encoding[] = parameters.encodings ?? [];
  let changed = false;
  encodings.forEach((e, i) => {
    const active = layers === undefined || i < layers;
    changed ||= (e.active ?? true) !== active;
    e.active = active;
  });
  const only = encodings.length === 1 ? encodings[0] : undefined;
  if (only && layers !== 0) changed = shrink(only, sender, layers) || changed;
  if (changed) await sender.setParameters(parameters);
}

/** shrink makes an encoding have so many spatial layers at most; true when that changes it. */
function shrink(e: Encoding, sender: RTCRtpSender, layers = 3): boolean {
  const mode = /^L(\d)T(\d)(_KEY)?$/.exec(e.scalabilityMode ?? "");
  if (!mode) return false;
  const all = whole.get(sender) ?? { layers: Number(mode[1]), suffix: mode[3] ?? "", maxBitrate: e.maxBitrate };
  const n = Math.min(layers, all.layers);
  if (n === Number(mode[1])) return false;
  whole.set(sender, all);
  e.scalabilityMode = `L${n}T${mode[2]}${n > 1 ? all.suffix : ""}`;
  e.scaleResolutionDownBy = 2 ** (all.layers - n);
  if (all.maxBitrate) e.maxBitrate = Math.round(all.maxBitrate / 3 ** (all.layers - n));
  return true;
}
