import { type Lang, setLang } from "../i18n/i18n.ts";

const key = "gotera.lang";

/** readLang returns the language chosen in this browser, if any. */
export function readLang(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** chooseLanguage changes the page's language and remembers it. */
export function chooseLanguage(to: Lang): void {
  setLang(to);
  try {
    localStorage.setItem(key, to);
  } catch {
    // no storage: the choice holds for this page only
  }
}
