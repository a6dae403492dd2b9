import type { RemoteTrack } from "./negotiation.ts";
import type { StalledReason } from "../signaling/messages.ts";
import { judge, type Quality, type Sample, Steady } from "./quality.ts";
import { type PathEntry, type Used, usedWay, type Way } from "./way.ts";

/** Numbers of one received track, for the "details" of a tile. */
export interface TrackStats {
  kind: "audio" | "video";
  /** Received, in bit/s. */
  bitrate: number;
  loss: number;
  /** In seconds. */
  jitter: number;
  width?: number;
  height?: number;
  fps?: number;
  codec?: string;
}

export interface Report {
  /** By Track.id. */
  tracks: Map<string, TrackStats>;
  /** By peer id: what its pictures and sound arrive like. */
  peers: Map<string, Quality>;
  /** What this page sends arrives like. */
  own: Quality;
  /** Round trip to the server, in seconds. */
  rtt: number | undefined;
  /** The way that sound and picture take. */
  used: Used | undefined;
  /** Its way when that is not UDP straight to the server, and was so in the last report, too. */
  detour: Exclude<Way, "udp"> | undefined;
}

/** The fields of getStats reports that are read here; browsers leave some out. */
interface Entry extends PathEntry {
  timestamp: number;
  kind?: string;
  mid?: string;
  trackIdentifier?: string;
  codecId?: string;
  mimeType?: string;
  packetsReceived?: number;
  packetsLost?: number;
  bytesReceived?: number;
  jitter?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  totalFreezesDuration?: number;
  fractionLost?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
}

/** For so long (ms) after a track stalled at its source, its freezes say nothing of this page's network: they are counted when they are over. */
const excuse = 5_000;

/** Meter turns what getStats counts since the beginning into what the last interval was like. */
export class Meter {
  private before = new Map<string, Entry>();
  private readonly words = new Map<string, Steady>();
  private lastWay: Way | undefined;
  /** When (ms, of the reports) tracks were last stalled at their source, by Track.id. */
  private readonly silent = new Map<string, number>();

  /** next reads a report; tracks are those that the room sends now, stalled those of them that do not arrive. */
  next(stats: RTCStatsReport, tracks: readonly RemoteTrack[], stalled: ReadonlyMap<string, StalledReason> = new Map()): Report {
    const entries = new Map<string, Entry>();
    stats.forEach((e: Entry) => entries.set(e.id, e));
    const result: Report = { tracks: new Map(), peers: new Map(), own: "good", rtt: undefined, ...this.way(usedWay(entries)) };
    const samples = new Map<string, Quality[]>();
    const own: Sample = {};
    for (const e of entries.values()) {
      if (e.type === "inbound-rtp") {
        const track = tracks.find((t) => t.media.id === e.trackIdentifier);
        if (!track) continue;
        const { numbers, sample } = this.inbound(e, entries);
        if (stalled.get(track.id) === "source") this.silent.set(track.id, e.timestamp);
        if (e.timestamp - (this.silent.get(track.id) ?? -Infinity) < excuse) sample.frozen = 0;
        result.tracks.set(track.id, numbers);
        samples.set(track.peer, [...(samples.get(track.peer) ?? []), judge(sample)]);
      } else if (e.type === "remote-inbound-rtp") {
        own.loss = Math.max(own.loss ?? 0, e.fractionLost ?? 0);
      } else if (e.type === "candidate-pair" && e.nominated && e.state === "succeeded") {
        own.rtt = result.rtt = e.currentRoundTripTime ?? result.rtt;
      }
    }
    for (const [peer, list] of samples) result.peers.set(peer, this.word(peer, worst(list)));
    result.own = this.word("", judge(own));
    this.before = entries;
    return result;
  }

  private way(used: Used | undefined): Pick<Report, "used" | "detour"> {
    const again = used?.way === this.lastWay;
    this.lastWay = used?.way;
    return { used, detour: again && used && used.way !== "udp" ? used.way : undefined };
  }

  private inbound(e: Entry, entries: Map<string, Entry>): { numbers: TrackStats; sample: Sample } {
    const before = this.before.get(e.id);
    const since = (field: "packetsReceived" | "packetsLost" | "bytesReceived" | "totalFreezesDuration") =>
      Math.max(0, (e[field] ?? 0) - (before?.[field] ?? 0));
    const seconds = before ? Math.max(0.001, (e.timestamp - before.timestamp) / 1000) : Infinity;
    const received = since("packetsReceived");
    const lost = since("packetsLost");
    // A handful of packets says nothing: a muted microphone with DTX sends two per second.
    const loss = received + lost >= 20 ? lost / (received + lost) : 0;
    const codec = entries.get(e.codecId ?? "")?.mimeType?.split("/")[1];
    return {
      numbers: {
        kind: e.kind === "audio" ? "audio" : "video",
        bitrate: (since("bytesReceived") * 8) / seconds,
        loss,
        jitter: e.jitter ?? 0,
        width: e.frameWidth,
        height: e.frameHeight,
        fps: e.framesPerSecond,
        codec,
      },
      sample: { loss, jitter: received >= 20 ? e.jitter : 0, frozen: since("totalFreezesDuration") / seconds },
    };
  }

  private word(peer: string, q: Quality): Quality {
    let steady = this.words.get(peer);
    if (!steady) this.words.set(peer, (steady = new Steady()));
    return steady.next(q);
  }
}

function worst(list: Quality[]): Quality {
  return list.includes("poor") ? "poor" : list.includes("fair") ? "fair" : "good";
}
