/**
 * onHint calls back when the network may be another, or may be back: browsers say so, and a page that was hidden or frozen
 * cannot know. Each is a reason to look, no more: browsers also say it when only an estimate has changed.
 */
export function onHint(hint: () => void, signal: AbortSignal): void {
  for (const name of ["online", "pageshow", "resume", "focus"]) globalThis.addEventListener?.(name, hint, { signal });
  const seen = (): void => {
    if (!globalThis.document?.hidden) hint();
  };
  globalThis.addEventListener?.("visibilitychange", seen, { signal }); // it bubbles up from the document
  connection()?.addEventListener?.("change", hint, { signal });
}

/** connection is the Network Information API, which not every browser has. */
function connection(): EventTarget | undefined {
  return (globalThis.navigator as { connection?: EventTarget } | undefined)?.connection;
}
