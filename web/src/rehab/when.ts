import { formatTime, lang } from "../i18n/i18n.ts";

/** daysBetween counts calendar days from a moment to another, both local. */
export function daysBetween(from: Date, to: Date): number {
  const midnight = (d: Date): number => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

/** dayWords writes "today", "yesterday", "Monday" within the week, else "12 March" or "12 March 2025". */
export function dayWords(at: Date, now: Date): string {
  const ago = daysBetween(at, now);
  if (ago >= -1 && ago <= 1) return new Intl.RelativeTimeFormat(lang.value, { numeric: "auto" }).format(-ago, "day");
  if (ago > 1 && ago < 7) return new Intl.DateTimeFormat(lang.value, { weekday: "long" }).format(at);
  const year = at.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(lang.value, { day: "numeric", month: "long", year }).format(at);
}

/** whenWords writes a moment: "yesterday, 14:05"; without the time of day when it is more than a week ago. */
export function whenWords(at: Date, now: Date): string {
  const day = dayWords(at, now);
  return daysBetween(at, now) < 7 ? `${day}, ${formatTime(at)}` : day;
}

/** minutesWords writes a duration: "45 min", "1 h 5 min". */
export function minutesWords(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const unit = (value: number, name: "hour" | "minute"): string =>
    new Intl.NumberFormat(lang.value, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && unit(hours, "hour"), (rest > 0 || hours === 0) && unit(rest, "minute")].filter(Boolean).join(" ");
}

/** capital begins a line with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(lang.value) + text.slice(1);
}
