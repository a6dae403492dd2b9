import { pause } from "../signaling/backoff.ts";

/** How long (ms) a camera may take to begin again once its page is seen, or to stop because of another one. */
const turn = 2_000;

/** What is used of the document. */
type Page = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/**
 * stuck reports whether a track of which nothing comes has to be opened again. Phones let the camera of a hidden page rest, and
 * open none for it: that is waited for, and it begins by itself as a rule.
 */
export async function stuck(track: MediaStreamTrack, page: Page = document, wait = pause): Promise<boolean> {
  if (!page.hidden || !track.muted) return true;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (page.hidden) return;
      page.removeEventListener("visibilitychange", look);
      resolve();
    };
    page.addEventListener("visibilitychange", look);
  });
  await wait(turn);
  return track.muted && track.readyState === "live";
}

/** silenced reports whether a track that ran until now stops soon: phones have one camera at a time. */
export async function silenced(track: MediaStreamTrack, wait = pause): Promise<boolean> {
  if (!track.muted) {
    const soon = new AbortController();
    const muted = (): void => soon.abort();
    track.addEventListener("mute", muted);
    await wait(turn, soon.signal);
    track.removeEventListener("mute", muted);
  }
  return track.muted;
}
