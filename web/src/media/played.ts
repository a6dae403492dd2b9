import type { PlayedTrack } from "../signaling/messages.ts";
import type { RemoteTrack } from "./negotiation.ts";

/** The fields of an inbound-rtp report that are read here; browsers leave some out. */
interface Inbound {
  type: string;
  trackIdentifier?: string;
  freezeCount?: number;
  totalFreezesDuration?: number;
  framesDecoded?: number;
  framesDropped?: number;
  frameWidth?: number;
  frameHeight?: number;
  concealedSamples?: number;
  silentConcealedSamples?: number;
  totalSamplesReceived?: number;
  totalSamplesDuration?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
}

/** A picture that was hidden stands still until it is shown again: what it counts at this many looks is left out. */
const looksAfterHidden = 2;

/** Played is what the room is told of playing what this page receives. */
export class Played {
  private last = new Map<string, { freezes: number; frozen: number }>();
  private readonly ignored = new Map<string, { freezes: number; frozen: number }>();
  private readonly quiet = new Map<string, number>();

  /** next reads a getStats report, about every 2 s. shown are the ids of the pictures on the screen. */
  next(stats: RTCStatsReport, tracks: readonly RemoteTrack[], shown: ReadonlySet<string>): PlayedTrack[] {
    const list: PlayedTrack[] = [];
    const now = new Map<string, { freezes: number; frozen: number }>();
    stats.forEach((e: Inbound) => {
      const track = e.type === "inbound-rtp" ? tracks.find((t) => t.media.id === e.trackIdentifier) : undefined;
      if (!track) return;
      list.push(track.kind === "audio" ? sound(track.id, e) : { ...picture(track.id, e), ...this.freezes(track.id, e, shown.has(track.id), now) });
    });
    this.last = now;
    return list;
  }

  private freezes(id: string, e: Inbound, shown: boolean, now: Map<string, { freezes: number; frozen: number }>): { freezes: number; frozen: number } {
    const counted = { freezes: count(e.freezeCount), frozen: Math.max(0, e.totalFreezesDuration ?? 0) };
    now.set(id, counted);
    const ignored = this.ignored.get(id) ?? { freezes: 0, frozen: 0 };
    const quiet = shown ? (this.quiet.get(id) ?? 0) : looksAfterHidden;
    if (quiet > 0) {
      const before = this.last.get(id) ?? { freezes: 0, frozen: 0 };
      ignored.freezes += Math.max(0, counted.freezes - before.freezes);
      ignored.frozen += Math.max(0, counted.frozen - before.frozen);
      this.ignored.set(id, ignored);
    }
    this.quiet.set(id, shown ? Math.max(0, quiet - 1) : quiet);
    return { freezes: Math.max(0, counted.freezes - ignored.freezes), frozen: round(Math.max(0, counted.frozen - ignored.frozen)) };
  }
}

function picture(track: string, e: Inbound): PlayedTrack {
  return {
    track,
    decoded: count(e.framesDecoded),
    dropped: count(e.framesDropped),
    width: count(e.frameWidth),
    height: count(e.frameHeight),
    buffer: buffer(e),
  };
}

/** Silence that was made up because nothing was sent (DTX) is not heard, and not counted. */
function sound(track: string, e: Inbound): PlayedTrack {
  const heard = e.totalSamplesDuration ?? 0;
  const samples = e.totalSamplesReceived ?? 0;
  const made = Math.max(0, (e.concealedSamples ?? 0) - (e.silentConcealedSamples ?? 0));
  return { track, heard: round(heard), concealed: samples > 0 ? round((made / samples) * heard) : 0, buffer: buffer(e) };
}

function buffer(e: Inbound): number {
  return e.jitterBufferEmittedCount ? round(Math.max(0, (e.jitterBufferDelay ?? 0) / e.jitterBufferEmittedCount)) : 0;
}

function count(n: number | undefined): number {
  return Math.max(0, Math.round(n ?? 0));
}

function round(seconds: number): number {
  return Math.round(Math.max(0, seconds) * 1000) / 1000;
}
