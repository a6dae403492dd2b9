import { relaysOf, type Way, ways } from "./way.ts";

/** How a way has turned out. "unknown": the test itself failed, which says nothing of the network. */
export type Outcome = "trying" | "works" | "blocked" | "notOffered" | "unknown";

export interface Tried {
  way: Way;
  outcome: Outcome;
  /** Of a message and its echo, in milliseconds; when it works. */
  rtt?: number;
}

/** The server's side of the test: /rehab/api/connectivity. */
export interface Exchange {
  /** The relays to try. */
  relays(signal: AbortSignal): Promise<RTCIceServer[]>;
  /** The echo peer's answer to an offer. */
  answer(offer: string, signal: AbortSignal): Promise<string>;
}

/** How long (ms) the ways are given, and how long those that are slower than another. With the question before it a test takes 8 s at most. */
const patience = { first: 6_000, others: 3_000 };
/** How many messages go there and back; the fastest counts. */
const echoes = 3;

/**
 * tryWays tries all ways to the server at the same time; each is proved by messages that come back. tell is called with
 * all of them whenever one has changed. It fails when the server does not tell what to try, and ends early with signal.
 */
export async function tryWays(exchange: Exchange, tell: (tried: Tried[]) => void, signal: AbortSignal): Promise<void> {
  const relays = await exchange.relays(signal);
  const end = new AbortController();
  const stop = (): void => end.abort();
  const timers = [setTimeout(stop, patience.first)];
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const tried = new Map<Way, Tried>(ways.map((way) => [way, { way, outcome: "trying" }]));
  const set = (t: Tried): void => {
    tried.set(t.way, t);
    if (t.outcome === "works") timers.push(setTimeout(stop, patience.others));
    if (!signal.aborted) tell([...tried.values()]);
  };
  await Promise.all(
    ways.map(async (way) => {
      const servers = relaysOf(way, relays);
      if (isRelay(way) && servers.length === 0) return set({ way, outcome: "notOffered" });
      set(await tryWay(way, servers, exchange, end.signal));
    }),
  );
  timers.forEach(clearTimeout);
  signal.removeEventListener("abort", stop);
}

/** best is the way that a session will take: the first that works, once those before it are decided. */
export function best(tried: readonly Tried[]): Way | "nothing" | "unknown" | undefined {
  for (const { way, outcome } of tried) {
    if (outcome === "works") return way;
    if (outcome === "trying") return undefined;
  }
  return tried.some((t) => t.outcome === "unknown") ? "unknown" : "nothing";
}

function isRelay(way: Way): boolean {
  return way !== "udp" && way !== "tcp";
}

async function tryWay(way: Way, iceServers: RTCIceServer[], exchange: Exchange, end: AbortSignal): Promise<Tried> {
  let pc: RTCPeerConnection | undefined;
  let answered = false;
  try {
    pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: isRelay(way) ? "relay" : "all" });
    const channel = pc.createDataChannel("echo");
    await pc.setLocalDescription();
    const answer = await exchange.answer(pc.localDescription?.sdp ?? "", end);
    answered = true;
    await pc.setRemoteDescription({ type: "answer", sdp: only(way, answer) });
    return { way, outcome: "works", rtt: await echo(channel, end) };
  } catch {
    return { way, outcome: answered ? "blocked" : "unknown" };
  } finally {
    pc?.close();
  }
}

/** only keeps the candidates of an answer that lead over a way: relays reach the server on UDP. */
export function only(way: Way, answer: string): string {
  const protocol = way === "tcp" ? "tcp" : "udp";
  const kept = answer.split("\r\n").filter((line) => !line.startsWith("a=candidate:") || line.split(" ")[2]?.toLowerCase() === protocol);
  return kept.join("\r\n");
}

/** echo sends messages one after the other and gives the shortest time (ms) until one was back. */
async function echo(channel: RTCDataChannel, signal: AbortSignal): Promise<number> {
  const next = <T>(listen: (done: (value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("too late")));
      if (signal.aborted) reject(new Error("too late"));
      channel.onclose = () => reject(new Error("closed"));
      listen(resolve);
    });
  if (channel.readyState !== "open") await next<void>((done) => (channel.onopen = () => done()));
  let fastest = Infinity;
  for (let i = 0; i < echoes; i++) {
    const text = `echo ${i}`;
    const sent = performance.now();
    const back = next<unknown>((done) => (channel.onmessage = ({ data }) => done(data)));
    channel.send(text);
    if ((await back) !== text) throw new Error("something else came back");
    fastest = Math.min(fastest, performance.now() - sent);
  }
  return fastest;
}
