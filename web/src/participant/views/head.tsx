import { Brand } from "../../rehab/views/brand.tsx";
import { LanguageSwitch } from "../../rehab/views/language-switch.tsx";

/** Head is all that is above the page: no account, no menu. */
export function Head() {
  return (
    <header class="wait-head">
      <Brand />
      <LanguageSwitch />
    </header>
  );
}
