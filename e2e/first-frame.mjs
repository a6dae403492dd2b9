// Measures how long a participant waits: from opening their link while a session runs to the first picture of the
// clinician on their screen, by the browser's own clock. node first-frame.mjs [rounds]
import { launch, person, room } from "./lib/browser.mjs";
import { Clinic } from "./lib/clinic.mjs";
import { embedded, until } from "./lib/system.mjs";

const rounds = Number(process.argv[2] ?? 9);
const sys = await embedded();
const browser = await launch();
const took = { "first picture": [], "page shown": [] };
try {
  const clinic = await new Clinic(sys).login();
  const people = await clinic.participants();
  const account = sys.accounts.participants[0];
  const session = await clinic.start({ session_participants: [people.find((p) => p.participant_name === account.name).participant_uuid] });
  const clinician = await person(browser);
  await clinician.goto((await clinic.running()).find((s) => s.session_uuid === session.session_uuid).url);
  await until("the clinician is in the room", async () => (await clinic.running())[0].members[0].status === "in_room");
  for (let i = 0; i < rounds; i++) {
    const page = await person(browser, { viewport: { width: 390, height: 844 } }); // nothing cached, as on a first visit
    await page.addInitScript(() => {
      const look = () => {
        const video = document.querySelector(".tile:not(.self) video");
        if (!video) return requestAnimationFrame(look);
        video.requestVideoFrameCallback((now) => (window.firstFrame = performance.timeOrigin + now));
      };
      look();
    });
    await page.goto(`${sys.base}/rehab/participant?token=${account.token}`);
    const first = await until("the first picture", () => room(page)?.evaluate(() => window.firstFrame), 20_000, 20);
    const [opened, shown] = await page.evaluate(() => [performance.timeOrigin, performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0]);
    took["first picture"].push(first - opened);
    took["page shown"].push(shown);
    await page.context().close();
  }
  for (const [what, values] of Object.entries(took)) {
    values.sort((a, b) => a - b);
    console.log(`${what}: median ${Math.round(values[values.length >> 1])} ms (${Math.round(values[0])} to ${Math.round(values.at(-1))}) of ${rounds}`);
  }
} finally {
  await browser.close();
  await sys.stop();
}
