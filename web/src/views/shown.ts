import type { Shown } from "../signaling/messages.ts";

const elements = new Map<string, HTMLVideoElement>();
let timer: ReturnType<typeof setTimeout> | undefined;
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

function later(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    const scale = document.hidden ? 0 : devicePixelRatio;
    const size = (length: number) => Math.min(16384, Math.round(length * scale));
    tell([...elements].map(([track, e]) => ({ track, width: size(e.clientWidth), height: size(e.clientHeight) })));
  }, 500);
}
