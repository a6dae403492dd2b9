/** A way on which sound and picture travel: straight to the server, or over its relay (TURN), which is reached so. */
export type Way = "udp" | "tcp" | "relayUdp" | "relayTcp" | "relayTls";

/** All ways, in the order in which a session takes them when several are open. */
export const ways: readonly Way[] = ["udp", "tcp", "relayUdp", "relayTcp", "relayTls"];

/** The way that a connection uses. */
export interface Used {
  way: Way;
  ipv6: boolean;
}

/** usedBy is the way that a peer says it uses; undefined for what is none. */
export function usedBy(state: { way?: unknown; ipv6?: unknown } | null): Used | undefined {
  const way = ways.find((w) => w === state?.way);
  return way && { way, ipv6: state?.ipv6 === true };
}

/** relayWay is the way to a TURN URL (RFC 7065); undefined for others. */
export function relayWay(url: string): Way | undefined {
  if (url.startsWith("turns:")) return "relayTls";
  if (!url.startsWith("turn:")) return undefined;
  return url.endsWith("?transport=tcp") ? "relayTcp" : "relayUdp";
}

/** relaysOf keeps the URLs that a way goes over. */
export function relaysOf(way: Way, servers: readonly RTCIceServer[]): RTCIceServer[] {
  return servers.flatMap((server) => {
    const urls = [server.urls].flat().filter((url) => relayWay(url) === way);
    return urls.length > 0 ? [{ ...server, urls }] : [];
  });
}

/** The fields of getStats reports that are read here; browsers leave some out. */
export interface PathEntry {
  id: string;
  type: string;
  state?: string;
  nominated?: boolean;
  /** Firefox, which had no "transport" for long. */
  selected?: boolean;
  selectedCandidatePairId?: string;
  localCandidateId?: string;
  remoteCandidateId?: string;
  candidateType?: string;
  protocol?: string;
  relayProtocol?: string;
  url?: string;
  address?: string | null;
  relatedAddress?: string | null;
}

/** usedWay finds the way that is in use; undefined while there is none. */
export function usedWay(entries: ReadonlyMap<string, PathEntry>): Used | undefined {
  const pair = selectedPair(entries);
  const local = entries.get(pair?.localCandidateId ?? "");
  const remote = entries.get(pair?.remoteCandidateId ?? "");
  if (!local) return undefined;
  // A browser may hide its own address; the server's is known. Through a relay it says nothing of this network, but what the
  // relay sees of this page does, and if that is not told an address in the relay's URL.
  const address = relayed(local) ? local.relatedAddress || relayHost(local.url) : remote?.address;
  return { way: wayOf(local), ipv6: address?.includes(":") ?? false };
}

function selectedPair(entries: ReadonlyMap<string, PathEntry>): PathEntry | undefined {
  const all = [...entries.values()];
  const transport = all.find((e) => e.type === "transport" && e.selectedCandidatePairId);
  if (transport) return entries.get(transport.selectedCandidatePairId ?? "");
  const pairs = all.filter((e) => e.type === "candidate-pair" && e.state === "succeeded");
  return pairs.find((e) => e.selected) ?? pairs.find((e) => e.nominated);
}

/**
 * relayed reports whether a candidate of this page is a relay's. Where the room sees the relay under another address than the
 * relay has told, Chromium takes it for a new one ("prflx").
 */
function relayed(local: PathEntry): boolean {
  return local.candidateType === "relay" || (local.candidateType === "prflx" && local.relayProtocol !== undefined);
}

function wayOf(local: PathEntry): Way {
  const tcp = local.protocol === "tcp";
  if (!relayed(local)) return tcp ? "tcp" : "udp";
  if (local.relayProtocol === "tls") return "relayTls";
  if (local.relayProtocol === "tcp") return "relayTcp";
  return relayWay(local.url ?? "") ?? (tcp ? "relayTcp" : "relayUdp");
}

/** relayHost is the host of a TURN URL, in brackets if it is an IPv6 address. */
function relayHost(url: string | undefined): string | undefined {
  const host = url?.replace(/^turns?:/, "").replace(/\?.*$/, "");
  return host?.startsWith("[") ? host : host?.replace(/:\d+$/, "");
}
