/** keepAwake keeps the screen on until aborted; browsers end it when the page is hidden, so it is asked for again. */
export function keepAwake(signal: AbortSignal): void {
  let lock: WakeLockSentinel | undefined;
  const take = async (): Promise<void> => {
    if (document.hidden || signal.aborted || !("wakeLock" in navigator)) return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (signal.aborted) await lock.release();
    } catch {
      // low battery, or not allowed in this frame: the system's own delay holds
    }
  };
  document.addEventListener("visibilitychange", () => void take(), { signal });
  signal.addEventListener("abort", () => void lock?.release());
  void take();
}
