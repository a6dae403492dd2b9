import type { Shown } from "../signaling/messages.ts";

const elements = new Map<string, HTMLVideoElement>();
const pinned = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let toldAt = 0;
let tell: (tracks: Shown[]) => void = () => undefined;
const watcher = typeof ResizeObserver === "undefined" ? undefined : new ResizeObserver(() => later());

/** tellShown sets who is told the sizes at which tracks are shown, at most twice a second. */
export function tellShown(f: (tracks: Shown[]) => void): void {
  tell = f;
  document.addEventListener("visibilitychange", later);
}

/** shownAs notes the element that shows a track; null: none any more. */
export function shownAs(track: string, element: HTMLVideoElement | null): void {
  const before = elements.get(track);
  if (before) watcher?.unobserve(before);
  if (element) {
    elements.set(track, element);
    watcher?.observe(element);
  } else {
    elements.delete(track);
  }
  later();
}

/** pinnedAs notes whether the person wants a track before the others. */
export function pinnedAs(track: string, wanted: boolean): void {
  if (pinned.has(track) === wanted) return;
  if (wanted) pinned.add(track);
  else pinned.delete(track);
  later();
}

/** later tells soon: a layout settles in a moment, and a picture that is shown again has to come at once. */
function later(): void {
  timer ??= setTimeout(now, Math.max(100, toldAt + 500 - Date.now()));
}

function now(): void {
  timer = undefined;
  toldAt = Date.now();
  const scale = document.hidden ? 0 : devicePixelRatio;
  const size = (length: number) => Math.min(16384, Math.round(length * scale));
  tell([...elements].map(([track, { clientWidth, clientHeight }]) => ({
    track, width: size(clientWidth), height: size(clientHeight), ...(pinned.has(track) ? { pinned: true } : {}),
  })));
}
