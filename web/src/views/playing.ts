/** How long (ms) after an element was stopped it is tried again: a call on the telephone may have begun. */
const patience = 1_000;

/**
 * goOn has a media element without controls play again when something other than this page has stopped it: a call on the
 * telephone, a page that was hidden, a key of the headset. It returns how to end that.
 */
export function goOn(element: HTMLMediaElement, play: () => void): () => void {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (): void => {
    if (element.paused && element.srcObject && !document.hidden) play();
  };
  const stopped = (): void => {
    clearTimeout(timer);
    timer = setTimeout(again, patience);
  };
  const { signal } = over;
  element.addEventListener("pause", stopped, { signal });
  document.addEventListener("visibilitychange", again, { signal });
  document.addEventListener("pointerup", again, { signal });
  return () => {
    clearTimeout(timer);
    over.abort();
  };
}
