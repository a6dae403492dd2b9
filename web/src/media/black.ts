import type { RemoteTrack } from "./negotiation.ts";

/** A track with fewer packets than this between two looks says nothing: it may be a screen on which nothing moves. */
const few = 10;

/** The fields of an inbound-rtp report that are read here. */
interface Inbound {
  type: string;
  trackIdentifier?: string;
  packetsReceived?: number;
  framesDecoded?: number;
}

/** Black finds received pictures whose packets come and of which nothing is shown. */
export class Black {
  private before = new Map<string, Inbound>();

  /**
   * next reads a getStats report, about 2 s after the last, and returns the ids of tracks that were black all that time.
   * shown are the ids of those that are on the screen: browsers may not decode others.
   */
  next(stats: RTCStatsReport, tracks: readonly RemoteTrack[], shown: ReadonlySet<string>): string[] {
    const black: string[] = [];
    const now = new Map<string, Inbound>();
    stats.forEach((e: Inbound & { id: string }) => {
      if (e.type !== "inbound-rtp" || e.framesDecoded === undefined) return;
      const track = tracks.find((t) => t.kind === "video" && t.media.id === e.trackIdentifier);
      if (!track || !shown.has(track.id)) return;
      now.set(e.id, e);
      const before = this.before.get(e.id);
      if (!before) return;
      const came = (e.packetsReceived ?? 0) - (before.packetsReceived ?? 0);
      if (came >= few && e.framesDecoded === before.framesDecoded) black.push(track.id);
    });
    this.before = now;
    return black;
  }
}
