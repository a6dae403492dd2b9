/** hideWhenIdle marks the page "idle" when nobody moves, touches or types for some seconds; a kiosk hides its buttons then. */
export function hideWhenIdle(signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const active = (): void => {
    document.documentElement.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => document.documentElement.classList.add("idle"), 5000);
  };
  for (const event of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(event, active, { signal });
  active();
}
