import { signal } from "@preact/signals";

const polite = signal("");
const assertive = signal("");

/** announce has screen readers say text: after what they are saying, or at once for what cannot wait. */
export function announce(text: string, urgent = false): void {
  const region = urgent ? assertive : polite;
  // The same text twice is a change only when something differs.
  region.value = region.value === text ? text + "\u00a0" : text;
}

/** LiveRegions has to be rendered once per page, always. */
export function LiveRegions() {
  return (
    <div class="visually-hidden">
      <div aria-live="polite" role="status">
        {polite}
      </div>
      <div aria-live="assertive" role="alert">
        {assertive}
      </div>
    </div>
  );
}
