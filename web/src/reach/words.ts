import { formatNumber } from "../i18n/i18n.ts";
import type { Tried } from "../media/connectivity.ts";
import type { Used } from "../media/way.ts";
import type { Finding } from "./reach.ts";
import { t } from "./text.ts";

/** outcomeWords says how a way has turned out. */
export function outcomeWords({ outcome, rtt }: Tried): string {
  if (outcome !== "works") return t(`reach.outcome.${outcome}`);
  const time = formatNumber(Math.max(1, Math.round(rtt ?? 0)));
  return t("reach.outcome.works", { time: `${time}\u00a0ms` });
}

/** usedWords names the way that a session uses: "Direct, UDP, IPv4". */
export function usedWords({ way, ipv6 }: Used): string {
  return `${t(`reach.way.${way}`)}, ${ipv6 ? "IPv6" : "IPv4"}`;
}

/** findingWords says in a sentence what was found. What was not tested is not said to be blocked. */
export function findingWords({ best, tried }: Finding): string {
  if (best === "nothing" || best === "unknown") return t(`reach.${best}`);
  const before = tried.slice(0, tried.findIndex((one) => one.way === best));
  return t(before.some((one) => one.outcome === "unknown") ? "reach.works.partly" : `reach.works.${best}`);
}
