import type { IconNode } from "lucide";
import { h } from "preact";

interface IconProps {
  /** An icon of the lucide set, imported by name so that only the icons in use are bundled. */
  of: IconNode;
  class?: string;
}

/** Icon draws a lucide icon in the text's colour. It is decoration: words beside it, or the button's label, say it. */
export function Icon({ of, class: extra }: IconProps) {
  return (
    <svg
      class={extra ? `icon ${extra}` : "icon"}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {of.map(([tag, attributes], i) => h(tag, { ...attributes, key: i }))}
    </svg>
  );
}
