import { launch, moving } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { participantAt, sessionPage } from "../lib/people.mjs";
import { production, until } from "../lib/system.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { journey } from "./journey.mjs";

journey("NGINX, redis-server, PostgreSQL", production);

test("Redis is killed and comes back empty during a call: the call goes on, then ends as it should", async () => {
  const sys = await production();
  const browser = await launch();
  try {
    let clinic = await new Clinic(sys).login();
    const name = sys.accounts.participants[0].name;
    const participant = (await clinic.participants()).find((p) => p.participant_name === name);
    const session = await clinic.start({ session_participants: [participant.participant_uuid] });
    const page = await participantAt(sys, browser, name);
    await sessionPage(page);
    const own = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ["camera", "microphone"] });
    const user = await own.newPage();
    await user.goto((await clinic.running())[0].url);
    await moving(page, 1);
    await sys.redis.kill();
    await moving(page, 1);
    sys.startRedis();
    await until("the core logs in again", async () => (clinic = await new Clinic(sys).login()), 15_000, 200);
    await moving(page, 1);
    await until("the participant is online again", async () => (await clinic.get("/api/user/participants/online")).some((p) => p.participant_uuid === participant.participant_uuid), 15_000, 200);
    assert.equal((await clinic.stop(session)).status, "stopped");
    await until("the room has ended", () => sys.rooms().length === 0);
    await page.getByRole("heading", { name: "The session is over." }).waitFor();
  } finally {
    await browser.close();
    await sys.stop();
  }
});
