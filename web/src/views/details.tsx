import type { ComponentChildren } from "preact";
import { formatNumber } from "../i18n/i18n.ts";
import { usedBy } from "../media/way.ts";
import type { TrackStats } from "../media/stats.ts";
import type { PathQuality, Peer, PeerQuality, TrackQuality } from "../signaling/messages.ts";
import { usedWords } from "../reach/words.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useApp } from "./app.ts";
import { nameOf, titleOf } from "./names.ts";
import { qualityOf, reasonsOf } from "./quality.ts";
import { t } from "./text.ts";

/** Details shows the numbers behind the word for a connection: of the peer's own, of what arrives here, and of this page's. */
export function Details({ peer }: { peer: Peer }) {
  const { room, dialog } = useApp();
  const report = room.report.value;
  const theirs = room.quality.value.get(peer.id);
  const own = room.quality.value.get(room.peerId.value);
  const way = usedBy((room.peer(peer.id) ?? peer).state); // told after the dialog was opened, too
  const word = qualityOf(room, peer);
  const rows = (peer.tracks ?? []).flatMap((track) => {
    const numbers = report?.tracks.get(track.id);
    return numbers ? [{ track, numbers }] : [];
  });
  return (
    <Dialog title={t("room.detailsTitle", { name: nameOf(peer) })} onClose={() => (dialog.value = undefined)}>
      {word && (
        <p class={`quality-words ${word}`}>
          <strong>{t(`room.quality.${word}`)}</strong>
          {theirs && reasonsOf(theirs).map((text) => <span key={text}>{text}</span>)}
        </p>
      )}
      {theirs && (
        <Section title={t("room.numbers.theirs", { name: nameOf(peer) })}>
          {way && <Row name={t("room.numbers.way")} value={usedWords(way)} />}
          <Connection of={theirs} />
          {(theirs.tracks ?? []).map((track) => (
            <Row key={track.track} name={t("room.numbers.sentPicture", { name: pictureOf(track) })} value={sent(track)} />
          ))}
        </Section>
      )}
      {rows.length === 0 && <p>{t("room.numbers.none")}</p>}
      {rows.map(({ track, numbers }) => (
        <Section key={track.id} title={t(numbers.kind === "audio" ? "room.numbers.sound" : "room.numbers.picture")}>
          <Numbers of={numbers} />
        </Section>
      ))}
      <Section title={t("room.numbers.own")}>
        {report?.used && <Row name={t("room.numbers.way")} value={usedWords(report.used)} />}
        {own ? <Connection of={own} /> : report?.rtt !== undefined && <Row name={t("room.numbers.rtt")} value={milliseconds(report.rtt)} />}
      </Section>
      <dl class="numbers">
        <Row name={t("room.numbers.ids")} value={peer.uuid || peer.id} />
      </dl>
    </Dialog>
  );

  /** pictureOf names a picture by whose it is. */
  function pictureOf({ track }: TrackQuality): string {
    const publisher = [...room.peers.value, self()].find((p) => p.tracks?.some((other) => other.id === track) || track.startsWith(`${p.id}:`));
    const source = publisher?.tracks?.find((other) => other.id === track)?.source ?? "camera";
    return publisher ? titleOf(publisher, source) : t("room.unknown");
  }

  function self(): Pick<Peer, "id" | "name" | "kind" | "tracks"> {
    return { id: room.peerId.value, name: room.self.value?.name ?? "", kind: room.self.value?.kind ?? "user", tracks: null };
  }
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="numbers">{children}</dl>
    </section>
  );
}

function Connection({ of: q }: { of: PeerQuality }) {
  return (
    <>
      {q.rtt > 0 && <Row name={t("room.numbers.rtt")} value={milliseconds(q.rtt)} />}
      <Row name={t("room.numbers.up")} value={path(q.up)} />
      <Row name={t("room.numbers.down")} value={path(q.down)} />
      {q.estimate > 0 && <Row name={t("room.numbers.estimate")} value={bitrate(q.estimate)} />}
      <Row name={t("room.numbers.freezes")} value={q.freezes > 0 ? t("room.numbers.freezesOf", { count: q.freezes, seconds: seconds(q.frozen) }) : t("room.numbers.freezesNone")} />
      {q.stale > 0 && <Row name={t("room.numbers.stale")} value={formatNumber(q.stale)} />}
    </>
  );
}

function Numbers({ of: n }: { of: TrackStats }) {
  const { width, height, fps } = n;
  return (
    <>
      {width && height ? (
        <Row
          name={t("room.numbers.dimensions")}
          value={t("room.numbers.size", { width: String(width), height: String(height), fps: Math.round(fps ?? 0) })}
        />
      ) : null}
      <Row name={t("room.numbers.bitrate")} value={bitrate(n.bitrate)} />
      <Row name={t("room.numbers.loss")} value={share(n.loss)} />
      <Row name={t("room.numbers.jitter")} value={milliseconds(n.jitter)} />
      {n.codec && <Row name={t("room.numbers.codec")} value={n.codec} />}
    </>
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

/** path writes a direction: how much, what was lost, how unsteady. */
function path(p: PathQuality): string {
  return t("room.numbers.path", { bitrate: bitrate(p.bitrate), loss: share(p.loss), jitter: milliseconds(p.jitter) });
}

/** sent writes what the room sends of a picture, and why not more. */
function sent(track: TrackQuality): string {
  if (track.paused) return t("room.numbers.paused");
  if (track.spatial < 0) return t("room.numbers.notYet");
  const size = track.width > 0 ? `${track.width}\u00a0×\u00a0${track.height}` : "";
  const layer = t("room.numbers.layer", { layer: layerName(track) });
  const parts = [size, bitrate(track.bitrate), layer, track.reduced && t("room.numbers.reduced")];
  return parts.filter(Boolean).join(" · ");
}

/** layerName counts from 1: the layer of the size, then, when some pictures are left out, that of the time. */
function layerName({ spatial, temporal }: TrackQuality): string {
  return temporal < 0 ? String(spatial + 1) : `${spatial + 1}.${temporal + 1}`;
}

function bitrate(bitsPerSecond: number): string {
  const [value, unit] = bitsPerSecond >= 1e6 ? [bitsPerSecond / 1e6, "Mbit/\u2060s"] : [Math.round(bitsPerSecond / 1000), "kbit/\u2060s"]; // a line could break after the slash
  return `${formatNumber(value, { maximumFractionDigits: 1 })}\u00a0${unit}`;
}

function share(value: number): string {
  return formatNumber(value, { style: "percent", maximumFractionDigits: 1 });
}

function seconds(value: number): string {
  return formatNumber(value, { maximumFractionDigits: 1 });
}

function milliseconds(value: number): string {
  return `${formatNumber(Math.round(value * 1000))}\u00a0ms`;
}
