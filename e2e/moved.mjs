// Measures how long pictures stand still when a participant's network changes under the call, or goes away for a while: both
// ways, the slower of the two. node moved.mjs [chromium|firefox] [moved|<seconds of outage>] [rounds] [-v]; needs root, as
// journeys/reach.test.mjs. With -v the participant's page tells what it did meanwhile.
import { launchIn, moving, pictures, room } from "./lib/browser.mjs";
import { diary } from "./lib/diary.mjs";
import { firefox, firefoxPage } from "./lib/firefox.mjs";
import { Watch } from "./lib/gaps.mjs";
import { Net, serverName } from "./lib/netns.mjs";
import { clinicianAt, link, participantAt, startWith } from "./lib/people.mjs";
import { embedded } from "./lib/system.mjs";
import { trusting } from "./lib/trust.mjs";

const [kind = "chromium", what = "moved", rounds = "5"] = process.argv.slice(2).filter((a) => a !== "-v");
const verbose = process.argv.includes("-v");
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

const net = new Net();
const home = net.client();
const sys = await embedded({ within: net.server, host: serverName });
const trust = trusting(sys);
const browsers = [];
const took = [];
try {
  const name = sys.accounts.participants[0].name;
  browsers.push(await launchIn(net.server, trust));
  const clinician = await clinicianAt(sys, browsers[0]);
  await startWith(clinician, [name]);
  let page;
  if (kind === "firefox") {
    browsers.push(await firefox(home, trust));
    page = await firefoxPage(browsers[1], diary);
    await page.goto(link(sys, name));
  } else {
    browsers.push(await launchIn(home, trust));
    page = await participantAt(sys, browsers[1], name, { record: diary, ignoreHTTPSErrors: false });
  }
  await Promise.all([moving(page, 1, 20_000), moving(clinician, 1, 20_000)]);
  const watches = [new Watch(clinician, name), new Watch(page, (await pictures(page))[0].of)];
  for (let i = 0; i < Number(rounds); i++) {
    await pause(6_000); // the page takes the connection for a good one
    let at = Date.now();
    if (what === "moved") home.move();
    else {
      home.cut();
      await pause(1000 * Number(what));
      at = Date.now();
      home.open();
    }
    const [theirs, own] = await Promise.all(watches.map((w) => w.back(at, 40_000)));
    took.push(Math.max(theirs, own));
    console.log(`back after ${Math.max(theirs, own)} ms: the participant's picture ${theirs}, the clinician's ${own}`);
    if (verbose) for (const [t, text] of await room(page).evaluate((from) => diary.filter(([t]) => t > from), at - 50)) console.log(`   ${String(Math.round(t - at)).padStart(6)}  ${text}`);
  }
  for (const watch of watches) await watch.stop();
  took.sort((a, b) => a - b);
  console.log(`${kind}, ${what}: median ${took[took.length >> 1]} ms (${took[0]} to ${took.at(-1)}) of ${took.length}`);
} finally {
  for (const browser of browsers) await browser.close();
  await sys.stop();
  net.remove();
  trust.remove();
}
