import assert from "node:assert/strict";
import { test } from "node:test";
import { prefer, videoCodec } from "./codec.ts";

test("the address says which codec to send, VP8 unless it is one we know", () => {
  assert.deepEqual(["", "AV1", "vp9", "h264", "h265"].map(videoCodec), ["vp8", "av1", "vp9", "h264", "vp8"]);
});

test("the wanted codec comes first, then those that everybody decodes", (t) => {
  const all = ["video/AV1", "video/rtx", "video/H264", "video/VP9", "video/VP8"].map((mimeType) => ({ mimeType }));
  const had = globalThis.RTCRtpSender;
  globalThis.RTCRtpSender = { getCapabilities: () => ({ codecs: all }) } as unknown as typeof RTCRtpSender;
  t.after(() => (globalThis.RTCRtpSender = had));
  let got: string[] = [];
  const transceiver = { setCodecPreferences: (list: RTCRtpCodec[]) => (got = list.map((c) => c.mimeType)) } as unknown as RTCRtpTransceiver;
  prefer(transceiver, "vp8");
  assert.deepEqual(got, ["video/VP8", "video/H264", "video/AV1", "video/rtx", "video/VP9"]);
  prefer(transceiver, "vp9");
  assert.deepEqual(got, ["video/VP9", "video/VP8", "video/H264", "video/AV1", "video/rtx"]);
});
