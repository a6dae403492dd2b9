// VP9 and AV1 carry their layers in one stream: the room leaves out what a page does not show, and real decoders go on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { figures, LoneRoom } from "../lib/alone.mjs";
import { until } from "../lib/system.mjs";

const large = { width: 1920, height: 1100 };
const small = { width: 330, height: 420 };

for (const { codec, narrow } of [{ codec: "vp9", narrow: 320 }, { codec: "av1", narrow: 640 }]) {
  describe(`layers within one stream: ${codec}`, () => {
    let room, ann, bob;

    before(async () => {
      room = await LoneRoom.start();
      ann = await room.enter("Ann", true, { width: 800, height: 600 }, `&codec=${codec}`);
      bob = await room.enter("Bob", false, large);
    });
    after(() => room?.stop());

    const incoming = async () => (await figures(bob, "inbound-rtp"))[0] ?? {};
    const shows = (what, width) => until(what, async () => (await incoming()).frameWidth === width, 30_000, 100);
    const decodes = async () => {
      const before = (await incoming()).framesDecoded;
      await until("ten more frames are decoded", async () => (await incoming()).framesDecoded >= before + 10, 30_000, 100);
    };

    test("a large view gets the highest layer", async () => {
      await shows("the whole picture", 1280);
      assert.equal((await incoming()).codec.toLowerCase(), `video/${codec}`);
      assert.equal((await figures(ann, "outbound-rtp")).length, 1);
      await decodes();
    });

    test("a small view gets a lower one, of the same stream, and decodes on", async () => {
      const stream = (await incoming()).ssrc;
      await bob.setViewportSize(small);
      await shows("a lower layer", narrow);
      await decodes();
      assert.equal((await incoming()).ssrc, stream);
    });

    test("layers that nobody shows are not encoded after a while", async () => {
      await until("the encoder makes the small picture only", async () => (await figures(ann, "outbound-rtp"))[0].frameWidth === narrow, 20_000);
      await decodes();
    });

    test("and the highest again when it is large", async () => {
      await bob.setViewportSize(large);
      await shows("the whole picture", 1280);
      await decodes();
    });

    test("without errors, long freezes, or packets lost on the way", async () => {
      const { packetsLost, pliCount, totalFreezesDuration } = await incoming();
      assert.equal(packetsLost, 0);
      assert.ok(totalFreezesDuration < 5, `the picture froze for ${totalFreezesDuration} s`);
      assert.ok(pliCount <= 2, `the decoder had to ask for ${pliCount} keyframes`);
      assert.deepEqual([...ann.problems, ...bob.problems], []);
    });
  });
}
