/** Browsers that differ in where permissions are given; the texts are in i18n under room.how. */
export type Browser = "chrome" | "edge" | "firefox" | "safari" | "ios" | "android" | "other";

/** browserOf tells which one it is, by its user agent. Qt WebEngine has no address bar: "other". */
export function browserOf(userAgent: string, touchPoints = 0): Browser {
  if (/QtWebEngine/.test(userAgent)) return "other";
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return "ios";
  if (/Android/.test(userAgent)) return /Firefox/.test(userAgent) ? "firefox" : "android";
  if (/Edg\//.test(userAgent)) return "edge";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrome\/|Chromium\//.test(userAgent)) return "chrome";
  return /Safari\//.test(userAgent) ? "safari" : "other";
}
