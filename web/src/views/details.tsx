import { formatNumber } from "../i18n/i18n.ts";
import type { TrackStats } from "../media/stats.ts";
import type { Peer } from "../signaling/messages.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useApp } from "./app.ts";
import { nameOf } from "./names.ts";
import { t } from "./text.ts";

/** Details shows the numbers behind the word for a connection. */
export function Details({ peer }: { peer: Peer }) {
  const app = useApp();
  const report = app.room.report.value;
  const tracks = peer.tracks ?? [];
  const rows = tracks.flatMap((track) => {
    const numbers = report?.tracks.get(track.id);
    return numbers ? [{ track, numbers }] : [];
  });
  return (
    <Dialog title={t("room.detailsTitle", { name: nameOf(peer) })} onClose={() => (app.dialog.value = undefined)}>
      {rows.length === 0 && <p>{t("room.numbers.none")}</p>}
      {rows.map(({ track, numbers }) => (
        <section key={track.id}>
          <h3>{t(numbers.kind === "audio" ? "room.numbers.sound" : "room.numbers.picture")}</h3>
          <Numbers of={numbers} />
        </section>
      ))}
      <dl class="numbers">
        {report?.rtt !== undefined && <Row name={t("room.numbers.rtt")} value={milliseconds(report.rtt)} />}
        <Row name={t("room.numbers.ids")} value={peer.uuid || peer.id} />
      </dl>
    </Dialog>
  );
}

function Numbers({ of: n }: { of: TrackStats }) {
  const { width, height, fps } = n;
  return (
    <dl class="numbers">
      {width && height ? (
        <Row
          name={t("room.numbers.dimensions")}
          value={t("room.numbers.size", { width: String(width), height: String(height), fps: Math.round(fps ?? 0) })}
        />
      ) : null}
      <Row name={t("room.numbers.bitrate")} value={`${formatNumber(Math.round(n.bitrate / 1000))} kbit`} />
      <Row name={t("room.numbers.loss")} value={formatNumber(n.loss, { style: "percent", maximumFractionDigits: 1 })} />
      <Row name={t("room.numbers.jitter")} value={milliseconds(n.jitter)} />
      {n.codec && <Row name={t("room.numbers.codec")} value={n.codec} />}
    </dl>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function milliseconds(seconds: number): string {
  return `${formatNumber(Math.round(seconds * 1000))} ms`;
}
