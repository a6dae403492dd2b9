import type { RemoteTrack } from "./negotiation.ts";

/** What came and went on a connection between two looks at getStats. */
export interface Flow {
  /** Something came by the network path, if only the answer to a check. */
  path: boolean;
  /** Received tracks (RemoteTrack.id) of which packets came. */
  came: ReadonlySet<string>;
  /** Media was sent. */
  sent: boolean;
  /** The room reported that it gets what is sent; it reports only on streams of which something came. */
  heard: boolean;
}

/** nothing is what a connection that cannot be looked at says. */
export const nothing: Flow = { path: false, came: new Set(), sent: false, heard: false };

/** The fields of getStats reports that are read here; browsers leave some out. */
interface Entry {
  id: string;
  type: string;
  timestamp: number;
  trackIdentifier?: string;
  packetsReceived?: number;
  packetsSent?: number;
  bytesReceived?: number;
  requestsReceived?: number;
  responsesReceived?: number;
}

/** FlowMeter compares each look at one connection with the look before. */
export class FlowMeter {
  private before = new Map<string, Entry>();

  next(stats: RTCStatsReport, tracks: readonly RemoteTrack[]): Flow {
    const now = new Map<string, Entry>();
    const came = new Set<string>();
    const flow = { path: false, came, sent: false, heard: false };
    stats.forEach((e: Entry) => {
      now.set(e.id, e);
      switch (e.type) {
        case "candidate-pair":
          flow.path ||= this.grew(e, "bytesReceived") || this.grew(e, "responsesReceived") || this.grew(e, "requestsReceived");
          return;
        case "transport":
          flow.path ||= this.grew(e, "bytesReceived");
          return;
        case "inbound-rtp": {
          if (!this.grew(e, "packetsReceived")) return;
          flow.path = true;
          const track = tracks.find((t) => t.media.id === e.trackIdentifier);
          if (track) came.add(track.id);
          return;
        }
        case "outbound-rtp":
          flow.sent ||= this.grew(e, "packetsSent");
          return;
        case "remote-inbound-rtp":
          flow.heard ||= this.grew(e, "timestamp");
          return;
      }
    });
    this.before = now;
    return flow;
  }

  private grew(e: Entry, field: "timestamp" | "packetsReceived" | "packetsSent" | "bytesReceived" | "requestsReceived" | "responsesReceived"): boolean {
    return (e[field] ?? 0) > (this.before.get(e.id)?.[field] ?? 0);
  }
}
