// What each page shows decides which layers of a picture are sent, and which are encoded at all.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { figures, LoneRoom } from "../lib/alone.mjs";
import { until } from "../lib/system.mjs";

const large = { width: 2000, height: 1200 }; // each of three tiles is larger than the middle layer

describe("layers", () => {
  let room;
  const pages = {};

  before(async () => {
    room = await LoneRoom.start();
  });
  after(() => room?.stop());

  const enter = async (name, camera, viewport) => (pages[name] = await room.enter(name, camera, viewport));
  const width = async (page) => (await figures(page, "inbound-rtp"))[0]?.frameWidth ?? 0;
  const encoded = async () => {
    const before = await figures(pages.Ann, "outbound-rtp");
    await pages.Ann.waitForTimeout(1000);
    const after = await figures(pages.Ann, "outbound-rtp");
    return after.filter((e) => e.framesEncoded > (before.find((b) => b.id === e.id)?.framesEncoded ?? 0)).map((e) => e.rid).sort().join("");
  };

  test("a camera that nobody watches is not encoded", async () => {
    await enter("Ann", true, { width: 800, height: 600 });
    await until("the encoder stops", async () => (await figures(pages.Ann, "outbound-rtp")).length > 0 && (await encoded()) === "", 20_000);
  });

  test("a large view gets the high layer, a small one the low layer", async () => {
    await enter("Bob", false, large);
    await until("the large view has the high layer", async () => (await width(pages.Bob)) === 1280, 30_000);
    await enter("Cleo", false, { width: 330, height: 420 });
    await until("the small view has a low layer", async () => {
      const w = await width(pages.Cleo);
      return w > 0 && w <= 640;
    }, 30_000);
    await until("the large view keeps the high layer", async () => (await width(pages.Bob)) === 1280, 30_000);
  });

  test("layers that nobody shows are not encoded, and are back when they are", async () => {
    await pages.Bob.setViewportSize({ width: 330, height: 420 });
    await until("Bob has a low layer", async () => (await width(pages.Bob)) <= 640, 20_000);
    await until("the high layer is not encoded", async () => !(await encoded()).includes("f"), 20_000);
    await pages.Bob.setViewportSize(large);
    await until("Bob has the high layer", async () => (await width(pages.Bob)) === 1280, 20_000);
  });

  test("a hidden page is sent nothing, and its picture is back at once", async () => {
    const packets = async () => (await figures(pages.Cleo, "inbound-rtp")).reduce((n, e) => n + e.packetsReceived, 0);
    const hide = (hidden) => pages.Cleo.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await hide(true);
    await until("nothing comes", async () => {
      const before = await packets();
      await pages.Cleo.waitForTimeout(1000);
      return (await packets()) === before;
    }, 20_000);
    const decoded = async () => (await figures(pages.Cleo, "inbound-rtp"))[0]?.framesDecoded ?? 0;
    const before = await decoded();
    await hide(false);
    await until("pictures come again", async () => (await decoded()) > before + 5);
  });

  test("no page complains", () => {
    for (const [name, page] of Object.entries(pages)) assert.deepEqual(page.problems, [], name);
  });
});
