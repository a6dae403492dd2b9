import { signal } from "@preact/signals";

export type Lang = "en" | "fr";

/** What a page's texts are made of: sections of texts; a text that counts something has one form per plural category. */
export type Texts = { [key: string]: string | Texts };

/** "room.leave" for { room: { leave: "Leave" } }; a plural ({ one, other }) is one key. */
export type Key<T> = {
  [K in keyof T & string]: T[K] extends string ? K : T[K] extends { one: string; other: string } ? K : `${K}.${Key<T[K]>}`;
}[keyof T & string];

export type Params = Record<string, string | number>;
export type Translate<T> = (key: Key<T>, params?: Params) => string;

/** The language of the page. Components that read it, also through a translate function, render again when it changes. */
export const lang = signal<Lang>("en");

/** setLang changes the language of the page and of the document. */
export function setLang(to: Lang): void {
  lang.value = to;
  if (typeof document !== "undefined") document.documentElement.lang = to;
}

/**
 * chooseLang takes the first wish that names a language we have ("fr", "fr-CA", "EN_us"); put the query parameter first,
 * then the account's language. Without one the browser's languages decide, then English.
 */
export function chooseLang(...wishes: (string | null | undefined)[]): Lang {
  const browser = typeof navigator === "undefined" ? [] : navigator.languages;
  for (const wish of [...wishes, ...browser]) {
    const code = wish?.slice(0, 2).toLowerCase();
    if (code === "en" || code === "fr") return code;
  }
  return "en";
}

/**
 * texts returns the translate function of a page. A parameter replaces {its name}; the parameter "count" also selects
 * the plural form. Import only the sections a page needs, so that the others are not bundled:
 *
 *     import { common, room } from "../i18n/en.json";
 *     import { common as commonFr, room as roomFr } from "../i18n/fr.json";
 *     export const t = texts({ common, room }, { common: commonFr, room: roomFr });
 */
export function texts<T extends Texts>(en: T, fr: Texts): Translate<T> {
  return (key, params) => {
    const code = lang.value;
    const found = lookUp(code === "fr" ? fr : en, key) ?? lookUp(en, key);
    const text = typeof found === "object" ? plural(found, code, params) : found;
    return fill(text ?? key, params);
  };
}

function lookUp(texts: Texts, key: string): string | Texts | undefined {
  let at: string | Texts | undefined = texts;
  for (const part of key.split(".")) {
    if (typeof at !== "object") return undefined;
    at = at[part];
  }
  return at;
}

function plural(forms: Texts, code: Lang, params?: Params): string | undefined {
  const form = forms[new Intl.PluralRules(code).select(Number(params?.count ?? 0))] ?? forms.other;
  return typeof form === "string" ? form : undefined;
}

function fill(text: string, params?: Params): string {
  if (!params) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? formatNumber(value) : value;
  });
}

/** formatNumber writes a number as the language does. */
export function formatNumber(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(lang.value, options).format(value);
}

/** formatTime writes a local time of day ("14 h 05", "2:05 p.m."). */
export function formatTime(at: Date): string {
  const [locale, hour] = lang.value === "fr" ? (["fr-CA", "2-digit"] as const) : (["en-CA", "numeric"] as const);
  return new Intl.DateTimeFormat(locale, { hour, minute: "2-digit" }).format(at);
}

/** formatDay writes a local day ("Friday, 21 November"). */
export function formatDay(at: Date): string {
  return new Intl.DateTimeFormat(lang.value, { weekday: "long", day: "numeric", month: "long" }).format(at);
}

/** formatDuration writes elapsed seconds as hh:mm:ss. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return [s / 3600, (s / 60) % 60, s % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
}
