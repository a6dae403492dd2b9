// One invitee, several browsers: the newer one takes the place, the older one says so and can take it back; a removed invitee's URL opens nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, moving, person, pictures, room } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { clinicianAt, joinNow, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { embedded, until } from "../lib/system.mjs";

const phone = { viewport: { width: 390, height: 844 } };

/** A picture of the page into the folder of SCREENSHOTS, if that is set. */
async function shot(page, name) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
}

describe("an invitee's URL in another browser", () => {
  let sys, browser, clinic, clinician, first, second, name, url, session;

  /** Pictures of the invitee that the clinician sees; the page keeps the most that there were at once. */
  const tiles = () => room(clinician).evaluate((of) => window.tilesOf(of), name);

  before(async () => {
    sys = await embedded();
    browser = await launch();
    clinic = await new Clinic(sys).login();
    name = sys.accounts.participants[0].name;
    clinician = await clinicianAt(sys, browser);
    first = await participantAt(sys, browser, name);
    await clinician.getByRole("listitem").filter({ hasText: name }).getByText("Online").waitFor();
    await first.waitForTimeout(1600); // who opened their link less than 1.5 s ago is not asked again whether to join
    await startWith(clinician, [name]);
    url = (await joinNow(first)).url();
    await moving(first, 1);
    await moving(clinician, 1);
    [session] = await clinic.running();
    await room(clinician).evaluate((of) => {
      const count = () => [...document.querySelectorAll(".tile:not(.self)")].filter((tile) => tile.textContent.includes(of) || tile.querySelector("video")?.ariaLabel === of).length;
      window.most = 0;
      window.tilesOf = () => ({ now: count(), most: window.most });
      new MutationObserver(() => (window.most = Math.max(window.most, count()))).observe(document.body, { childList: true, subtree: true });
    }, name);
  });
  after(async () => {
    await browser?.close();
    await sys?.stop();
  });

  test("the newer browser has the call; the older one says where it goes on", async () => {
    second = await person(browser, phone);
    await second.goto(url);
    await sessionPage(second);
    await moving(second, 1);
    await moving(clinician, 1);
    await first.getByRole("heading", { name: "You joined from another device or window." }).waitFor();
    await shot(first, "replaced-waiting");
    assert.equal(await first.getByText(/is waiting for you/).count(), 0, "nobody waits for who is there");
    await second.waitForTimeout(3000); // it does not come back by itself
    await moving(second, 1);
    assert.deepEqual(await pictures(first), []);
    assert.deepEqual(await tiles(), { now: 1, most: 1 }, "the clinician sees them once");
  });

  test("the older one comes back by its button, and the other way round", async () => {
    await first.getByRole("button", { name: "Continue here" }).click();
    await sessionPage(first);
    await moving(first, 1);
    await second.getByRole("heading", { name: "You joined from another window or device" }).waitFor();
    await shot(second, "replaced-phone");
    await second.getByRole("button", { name: "Continue here" }).click();
    await sessionPage(second);
    await moving(second, 1);
    await moving(clinician, 1);
    await first.getByRole("heading", { name: "You joined from another device or window." }).waitFor();
    assert.deepEqual(await tiles(), { now: 1, most: 1 }, "the clinician sees them once");
  });

  test("removed: both say so, and the URL is refused in plain words", async () => {
    const people = await clinic.participants();
    const { participant_uuid } = people.find((p) => p.participant_name === name);
    assert.equal((await clinic.act("remove", session, { session_participants: [participant_uuid] })).status, "removed");
    await second.getByRole("heading", { name: "Your part in this session has ended" }).waitFor();
    await first.getByRole("heading", { name: "Your part in the session has ended." }).waitFor();
    await shot(second, "removed-phone");
    await shot(first, "removed-waiting");
    await until("nobody is shown", async () => (await tiles()).now === 0);

    for (const [locale, heading, action] of [
      ["en-GB", "This link does not open a session", "Ask the person who invited you for a new link."],
      ["fr-CA", "Ce lien n’ouvre aucune séance", "Demandez un nouveau lien à la personne qui vous a invité."],
    ]) {
      const page = locale === "en-GB" ? second : await person(browser, { locale });
      const answer = await (page === second ? page.reload() : page.goto(url.replace(/&lang=\w+/, "")));
      assert.equal(answer.status(), 403);
      await page.getByRole("heading", { name: heading }).waitFor();
      await page.getByText(action).waitFor();
      await shot(page, `refused-${locale}`);
    }
  });
});
