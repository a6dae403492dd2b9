import assert from "node:assert/strict";
import { test } from "node:test";
import { addSender, encodings, limit } from "./encodings.ts";

const camera = (width: number, height: number) => ({ getSettings: () => ({ width, height }) }) as MediaStreamTrack;

test("a camera is sent in as many layers as its pictures are worth, the smallest first", () => {
  const layers = (track?: MediaStreamTrack) => encodings("camera:video", track).map((e) => [e.rid, e.scaleResolutionDownBy]);
  assert.deepEqual(layers(), [["q", 4], ["h", 2], ["f", 1]]);
  assert.deepEqual(layers(camera(720, 1280)), [["q", 4], ["h", 2], ["f", 1]]);
  assert.deepEqual(layers(camera(640, 480)), [["h", 2], ["f", 1]]);
  assert.deepEqual(layers(camera(320, 240)), [[undefined, undefined]]);
  for (const slot of ["camera:video", "camera2:video", "screen:video"] as const) {
    const rates = encodings(slot).map((e) => e.maxBitrate ?? 0);
    assert.deepEqual(rates, [...rates].sort((a, b) => a - b));
  }
});

test("a browser that refuses what it does not know is offered less", () => {
  const offered: RTCRtpEncodingParameters[][] = [];
  const pc = (takes: (list: RTCRtpEncodingParameters[]) => boolean) =>
    ({
      addTransceiver(_: string, { sendEncodings = [] }: RTCRtpTransceiverInit) {
        offered.push(sendEncodings);
        if (!takes(sendEncodings)) throw new TypeError();
        return {};
      },
    }) as unknown as RTCPeerConnection;
  addSender(pc((list) => list.every((e) => !("scalabilityMode" in e))), "camera:video", "video");
  assert.deepEqual(offered.map((list) => list.length), [3, 3]);
  offered.length = 0;
  addSender(pc((list) => list.length === 1 && list[0]?.rid === undefined), "camera:video", "video");
  assert.deepEqual(offered.at(-1), [{ maxBitrate: 1_500_000, maxFramerate: 30 }]);
  assert.throws(() => addSender(pc(() => false), "camera:video", "video"), TypeError);
});

test("what nobody needs is not encoded", async () => {
  let encodings: RTCRtpEncodingParameters[] = [{ rid: "q" }, { rid: "h", active: true }, { rid: "f" }];
  let set = 0;
  const sender = {
    getParameters: () => ({ encodings: structuredClone(encodings) }),
    setParameters: async (p: RTCRtpSendParameters) => {
      encodings = p.encodings;
      set++;
    },
  } as unknown as RTCRtpSender;
  const active = async (layers?: number) => {
    await limit(sender, layers);
    return encodings.map((e) => e.active);
  };
  assert.deepEqual(await active(2), [true, true, false]);
  assert.deepEqual(await active(0), [false, false, false]);
  assert.deepEqual(await active(undefined), [true, true, true]);
  assert.deepEqual(await active(3), [true, true, true]);
  assert.equal(set, 3); // and not once more for nothing
});

test("VP9 and AV1 send their layers in one stream", () => {
  const modes = (codec: "vp8" | "vp9" | "av1", track?: MediaStreamTrack) => {
    let sent: (RTCRtpEncodingParameters & { scalabilityMode?: string })[] = [];
    const pc = { addTransceiver: (_: string, init: RTCRtpTransceiverInit) => ((sent = init.sendEncodings ?? []), {}) } as unknown as RTCPeerConnection;
    addSender(pc, "camera:video", "video", track, codec);
    return sent.map((e) => [e.rid, e.scalabilityMode, e.maxBitrate]);
  };
  assert.deepEqual(modes("vp9"), [[undefined, "L3T3_KEY", 1_500_000]]);
  assert.deepEqual(modes("vp9", camera(640, 480)), [[undefined, "L2T3_KEY", 700_000]]);
  assert.deepEqual(modes("vp9", camera(320, 240)), [[undefined, "L1T3", 400_000]]);
  assert.deepEqual(modes("av1"), [[undefined, "L2T2", 1_500_000]]);
  assert.equal(modes("vp8").length, 3);
});

test("layers in one stream that nobody needs are not encoded", async () => {
  let encoding: RTCRtpEncodingParameters & { scalabilityMode?: string } = { scalabilityMode: "L3T3_KEY", maxBitrate: 1_500_000 };
  const sender = {
    getParameters: () => ({ encodings: [{ ...encoding }] }),
    setParameters: async (p: RTCRtpSendParameters) => void (encoding = p.encodings[0] ?? {}),
  } as unknown as RTCRtpSender;
  const after = async (layers?: number) => {
    await limit(sender, layers);
    return [encoding.active, encoding.scalabilityMode, encoding.scaleResolutionDownBy ?? 1, encoding.maxBitrate];
  };
  assert.deepEqual(await after(2), [true, "L2T3_KEY", 2, 500_000]);
  assert.deepEqual(await after(1), [true, "L1T3", 4, 166_667]);
  assert.deepEqual(await after(0), [false, "L1T3", 4, 166_667]);
  assert.deepEqual(await after(3), [true, "L3T3_KEY", 1, 1_500_000]);
  assert.deepEqual(await after(1), [true, "L1T3", 4, 166_667]);
  assert.deepEqual(await after(), [true, "L3T3_KEY", 1, 1_500_000]);
});
