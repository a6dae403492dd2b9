// How long a picture stands still.
import { pictures } from "./browser.mjs";

/** So long (ms) without a new frame is an interruption. The fake camera makes one each 33 to 50 ms. */
const still = 500;

const looks = new WeakMap(); // of a page, what it shows, while that is being asked

/** The pictures of a page, asked once for all who watch it. */
function look(page) {
  if (!looks.has(page)) looks.set(page, pictures(page).finally(() => looks.delete(page)));
  return looks.get(page);
}

/** Notes when a page shows new frames of somebody, from now on. */
export class Watch {
  constructor(page, of) {
    this.page = page;
    this.of = of;
    this.moved = [Date.now()];
    this.running = this.run();
  }
  async run() {
    let before = Infinity;
    while (!this.over) {
      const shown = (await look(this.page)).find((p) => p.of === this.of && p.width > 0);
      if (shown?.frames > before) this.moved.push(Date.now());
      before = shown?.frames ?? before; // of a new picture the count begins anew
      await new Promise((r) => setTimeout(r, 40));
    }
  }
  async stop() {
    this.over = true;
    await this.running;
  }

  /** The longest time between two new frames that ended after `since`: {began, ended}, undefined if the picture never stood still. */
  gap(since) {
    const gaps = this.moved.slice(1).map((ended, i) => ({ began: this.moved[i], ended })).filter((g) => g.ended > since && g.ended - g.began > still);
    return gaps.sort((a, b) => b.ended - b.began - (a.ended - a.began))[0];
  }
  /**
   * How long (ms) after since the picture moved again, for good: it moves for two seconds after that. 0: it never stood
   * still. Looks until settle ms after since at least, and fails ms after the call. How often it sees a new frame says more of
   * the machine than of the picture: what counts is that it never stands still.
   */
  async back(since, ms, settle = 3000) {
    const end = Date.now() + ms;
    for (;;) {
      const now = Date.now();
      const lately = this.moved.filter((t) => t > now - 2000);
      const fluent = lately[0] < now - 1500 && [...lately, now].every((t, i, all) => i === 0 || t - all[i - 1] < still);
      if (fluent && now - since > settle) return Math.max(0, (this.gap(since)?.ended ?? since) - since);
      if (now > end) throw new Error(`the picture of ${this.of} does not move ${now - since} ms later`);
      await new Promise((r) => setTimeout(r, 50));
    }
  }
}
