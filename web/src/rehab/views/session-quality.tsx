import { formatNumber, formatTime } from "../../i18n/i18n.ts";
import { overall, type PersonQuality, type QualityReport } from "../quality.ts";
import { t } from "../text.ts";
import { minutesWords } from "../when.ts";

/** SessionQuality shows how everybody's connection was in a session that is over. names are by uuid. */
export function SessionQuality({ report, names }: { report: QualityReport; names: ReadonlyMap<string, string> }) {
  return (
    <section class="stack quality" aria-label={t("rehab.quality.title")}>
      <h3>{t("rehab.quality.title")}</h3>
      {report.people.map((p, i) => (
        <article key={p.uuid ?? i}>
          <h4>
            {nameOf(p, names)} <span class="soft">{summary(p)}</span>
          </h4>
          <dl class="facts">
            {facts(p).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </article>
      ))}
      {report.more > 0 && <p class="soft">{t("rehab.quality.more", { count: report.more })}</p>}
    </section>
  );
}

function nameOf(p: PersonQuality, names: ReadonlyMap<string, string>): string {
  return p.uuid ? (names.get(p.uuid) ?? t(`rehab.someone.${p.kind}`)) : t("rehab.quality.guests");
}

/** summary is the word for the session and the time in the room. */
function summary(p: PersonQuality): string {
  const word = overall(p);
  return [word && t(`rehab.quality.word.${word}`), minutesWords(p.minutes * 60)].filter(Boolean).join(" · ");
}

function facts(p: PersonQuality): [name: string, value: string][] {
  const list: [string, string | false | undefined][] = [
    [t("rehab.quality.time"), words(p)],
    [t("rehab.quality.rtt"), p.rtt !== undefined && t("rehab.quality.rttOf", { median: p.rtt, most: p.rtt95 ?? p.rtt })],
    [t("rehab.quality.loss"), t("rehab.quality.directions", { up: share(p.loss_up), down: share(p.loss_down) })],
    [t("rehab.quality.bitrate"), t("rehab.quality.directions", { up: bitrate(p.kbps_up), down: bitrate(p.kbps_down) })],
    [t("rehab.quality.freezes"), Boolean(p.freezes) && t("rehab.quality.freezesOf", { count: p.freezes ?? 0, seconds: p.frozen ?? 0 })],
    [t("rehab.quality.concealed"), Boolean(p.concealed) && share(p.concealed ?? 0)],
    [t("rehab.quality.sizes"), sizes(p)],
    [t("rehab.quality.reconnects"), Boolean(p.reconnects) && formatNumber(p.reconnects ?? 0)],
    [t("rehab.quality.faults"), Boolean(p.faults) && formatNumber(p.faults ?? 0)],
    [t("rehab.quality.stale"), Boolean(p.stale) && formatNumber(p.stale ?? 0)],
    [t("rehab.quality.worst"), p.worst && worst(p.worst)],
  ];
  return list.filter((row): row is [string, string] => Boolean(row[1]));
}

/** words says for how much of the time the connection was good, fair and poor. */
function words(p: PersonQuality): string {
  return (["good", "fair", "poor"] as const)
    .filter((word) => (p.words?.[word] ?? 0) > 0)
    .map((word) => t(`rehab.quality.share.${word}`, { share: share(p.words?.[word] ?? 0) }))
    .join(", ");
}

const sizeNames = ["none", "240", "480", "720", "more"] as const;

/** sizes says how large the pictures were, the most frequent first. */
function sizes(p: PersonQuality): string {
  const of = p.sizes ?? {};
  return sizeNames
    .filter((name) => (of[name] ?? 0) >= 0.005)
    .sort((a, b) => (of[b] ?? 0) - (of[a] ?? 0))
    .map((name) => t("rehab.quality.sizeOf", { size: t(`rehab.quality.size.${name}`), share: share(of[name] ?? 0) }))
    .join(", ");
}

function worst(w: NonNullable<PersonQuality["worst"]>): string {
  const parts = [
    formatTime(new Date(w.at)),
    Boolean(w.loss) && t("rehab.quality.worstLoss", { share: share(w.loss ?? 0) }),
    Boolean(w.rtt) && t("rehab.quality.worstRtt", { ms: w.rtt ?? 0 }),
    Boolean(w.frozen) && t("rehab.quality.worstFrozen", { seconds: w.frozen ?? 0 }),
  ];
  return parts.filter(Boolean).join(", ");
}

function share(value: number): string {
  return formatNumber(value, { style: "percent", maximumFractionDigits: 1 });
}

function bitrate(kilobits: number): string {
  const [value, unit] = kilobits >= 1000 ? [kilobits / 1000, "Mbit/s"] : [kilobits, "kbit/s"];
  return `${formatNumber(value, { maximumFractionDigits: 1 })}\u00a0${unit}`;
}
