import { signal } from "@preact/signals";

/** Whether the page is too narrow for all buttons side by side; they are then in the menu "More". */
export const compact = signal(false);

/** watchSize keeps compact up to date. It counts in rem: larger text needs more room. */
export function watchSize(): void {
  const measure = (): void => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    compact.value = innerWidth / rem < 56;
  };
  measure();
  addEventListener("resize", measure);
  new MutationObserver(measure).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
}
