import type { Kind } from "../signaling/messages.ts";

/** One person of a session's quality report, as the rehab service writes it (rehab/report/text.go). */
export interface PersonQuality {
  kind: Kind;
  /** Missing for guests, who came with the session's shared link. */
  uuid?: string;
  /** In the room. */
  minutes: number;
  /** Shares of that time, by word. */
  words?: Partial<Record<"good" | "fair" | "poor", number>> | null;
  /** Median and 95th percentile, in ms. */
  rtt?: number;
  rtt95?: number;
  loss_up: number;
  loss_down: number;
  kbps_up: number;
  kbps_down: number;
  freezes?: number;
  /** In seconds. */
  frozen?: number;
  /** Share of the sound that was made up. */
  concealed?: number;
  reconnects?: number;
  faults?: number;
  stale?: number;
  /** Shares of the time of the pictures sent to it, by their shorter side: "none", "240", "480", "720", "more". */
  sizes?: Record<string, number> | null;
  /** The worst minute; none when all was good. */
  worst?: { at: string; loss?: number; rtt?: number; frozen?: number };
}

export interface QualityReport {
  people: PersonQuality[];
  /** People who are left out. */
  more: number;
}

/** How the text of the session event begins. */
const prefix = "Quality report: ";

/** qualityReport reads the text of a session event; undefined for other events and for what this page cannot read. */
export function qualityReport(text: string | null): QualityReport | undefined {
  const at = text?.startsWith(prefix) ? text.indexOf("\n") : -1;
  if (!text || at < 0) return undefined;
  try {
    const { version, people, more } = JSON.parse(text.slice(at + 1)) as { version?: number; people?: unknown; more?: number };
    if (version !== 1 || !Array.isArray(people)) return undefined;
    return { people: people.filter(isPerson), more: more ?? 0 };
  } catch {
    return undefined;
  }
}

function isPerson(p: unknown): p is PersonQuality {
  if (typeof p !== "object" || p === null) return false;
  const { kind, minutes, loss_up, loss_down, kbps_up, kbps_down } = p as Record<string, unknown>;
  return (kind === "user" || kind === "participant" || kind === "device") && [minutes, loss_up, loss_down, kbps_up, kbps_down].every((n) => typeof n === "number");
}

/** overall is a person's session in one word: poor or fair when it was so for a tenth of the time. */
export function overall(p: PersonQuality): "good" | "fair" | "poor" | undefined {
  const { good = 0, fair = 0, poor = 0 } = p.words ?? {};
  if (good + fair + poor === 0) return undefined;
  return poor >= 0.1 ? "poor" : fair + poor >= 0.1 ? "fair" : "good";
}
