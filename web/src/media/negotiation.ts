import type { ClientMessage, MediaKind, PublishedTrack, SentTrack, Source } from "../signaling/messages.ts";
import { speechOpus } from "./sdp.ts";
import { prefer, type VideoCodec } from "./codec.ts";
import { close, prepare, replace } from "./connection.ts";
import { addSender, limit } from "./encodings.ts";
import { parts, type Slot, slots } from "./slots.ts";

/** A track that the room sends, and what plays it. */
export interface RemoteTrack {
  /** Track.id of the protocol. */
  id: string;
  peer: string;
  source: Source;
  kind: MediaKind;
  media: MediaStreamTrack;
  receiver: RTCRtpReceiver;
}

export interface NegotiationHandler {
  send(m: ClientMessage): void;
  /** All tracks that the room now sends. */
  tracks(tracks: RemoteTrack[]): void;
  state(state: RTCPeerConnectionState): void;
  /** The browser has looked for addresses and found none for UDP, although it did before: it does not know the network of now. */
  lostAddresses(): void;
  /** A step failed, so that the two ends no longer agree: only a new connection helps. */
  broken(): void;
}

/** The offer that a room with tracks makes at once is waited for so long (ms) before this page makes one of its own. */
const offerWait = 1_000;

export interface NegotiationOptions {
  /** What prepare, or prepareElsewhere, has made. */
  prepared?: RTCPeerConnection;
  codec?: VideoCodec;
  /** The room is about to make an offer: ours would cross it. */
  offered?: boolean;
}

export type Outgoing = Map<Slot, { track: MediaStreamTrack | undefined; active: boolean }>;

/**
 * Negotiation owns the PeerConnection with the room: perfect negotiation (WebRTC, section 10.7), this page being the
 * polite side. An offer of the room that crosses ours makes the browser roll ours back; negotiationneeded comes again.
 * Steps are done one after the other, each to its end.
 */
export class Negotiation {
  private current: RTCPeerConnection;
  private readonly senders = new Map<Slot, RTCRtpTransceiver>();
  private outgoing: Outgoing = new Map();
  private sent: SentTrack[] = [];
  /** How many layers of each slot the room needs; one that is not there: all. */
  private needed = new Map<Slot, number>();
  private steps: Promise<void> = Promise.resolve();
  private closed = false;
  private narrowed = false; // to some of the ICE servers
  private udp = { ever: false, now: false }; // whether addresses for UDP were found, and by the last look for them
  private owed = false; // an offer for which there was no m-line yet: the browser does not ask for it again
  private waiting: ReturnType<typeof setTimeout> | undefined; // for the room's first offer
  private readonly codec: VideoCodec;

  constructor(
    private iceServers: RTCIceServer[],
    private readonly handler: NegotiationHandler,
    { codec = "vp8", offered = false, prepared }: NegotiationOptions = {},
  ) {
    this.codec = codec;
    this.current = this.connect(prepared);
    if (offered) this.waiting = setTimeout(() => this.step(() => this.begin()), offerWait);
  }

  /** begin ends the wait for the room's first offer. */
  private async begin(): Promise<void> {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    await this.apply();
  }

  get pc(): RTCPeerConnection {
    return this.current;
  }

  /** useServers takes ICE servers with fresh credentials: for the next ICE restart, or the next connection. */
  useServers(iceServers: RTCIceServer[]): void {
    this.iceServers = iceServers;
    if (!this.closed) this.configure(iceServers);
  }

  get servers(): readonly RTCIceServer[] {
    return this.iceServers;
  }

  private configure(iceServers: RTCIceServer[]): void {
    this.narrowed = iceServers !== this.iceServers;
    this.current.setConfiguration({ ...this.configuration(), iceServers });
  }

  private configuration(): RTCConfiguration {
    return { iceServers: this.iceServers, bundlePolicy: "max-bundle" };
  }

  private connect(pc: RTCPeerConnection = prepare()): RTCPeerConnection {
    pc.setConfiguration(this.configuration());
    pc.onnegotiationneeded = () => this.step(() => this.offer());
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.protocol === "udp") this.udp = { ever: true, now: true };
      else if (candidate?.type === "host") this.found(); // libwebrtc tells those for TCP last
      this.handler.send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
    };
    pc.onicegatheringstatechange = () => this.gathering(pc.iceGatheringState);
    pc.onconnectionstatechange = () => this.closed || this.handler.state(pc.connectionState);
    return pc;
  }

  private gathering(state: RTCIceGatheringState): void {
    if (state === "gathering") this.udp.now = false;
    if (state === "complete") this.found();
  }

  /** found is called when the addresses for UDP have been told. */
  private found(): void {
    if (this.udp.ever && !this.udp.now && !this.closed) this.handler.lostAddresses();
  }

  /** publish makes the connection send what out says. */
  publish(out: Outgoing): void {
    this.outgoing = out;
    this.step(() => this.apply());
  }

  private async apply(): Promise<void> {
    if (this.waiting !== undefined) return;
    for (const slot of slots) {
      const want = this.outgoing.get(slot);
      if (want) await this.set(slot, want.track, want.active);
    }
    if (this.owed) await this.offer();
  }

  /** need says how many layers the others need; of a slot that is not there, all. */
  need(needed: Map<Slot, number>): void {
    this.needed = needed;
    this.step(async () => {
      for (const slot of this.senders.keys()) await this.limit(slot);
    });
  }

  /** limit has a slot's encoder make what is needed. It is no loss if the browser cannot do that now. */
  private async limit(slot: Slot): Promise<void> {
    const sender = this.senders.get(slot)?.sender;
    if (!sender || parts(slot).kind !== "video") return;
    await limit(sender, this.needed.get(slot)).catch(() => undefined);
  }

  /** remoteOffer answers an offer of the room's; the answer names its id. */
  remoteOffer(sdp: string, tracks: SentTrack[], id?: number): void {
    this.step(async () => {
      const first = this.pc.signalingState === "have-local-offer" && !this.pc.currentRemoteDescription;
      if (first) this.replace();
      await this.pc.setRemoteDescription({ type: "offer", sdp });
      this.sent = tracks;
      await this.pc.setLocalDescription();
      this.owed = false;
      this.handler.send({ type: "answer", sdp: this.pc.localDescription?.sdp ?? "", ...(id !== undefined && { id }) });
      this.tellTracks();
      if (first || this.waiting !== undefined) await this.begin();
    });
  }

  /**
   * replace begins anew with a fresh connection, which nobody has heard of yet. Chromium keeps the header extension ids
   * of a first offer that it rolls back, and then makes offers that it refuses itself (BUNDLE codec collision).
   */
  private replace(): void {
    const old = this.pc;
    old.onnegotiationneeded = old.onicecandidate = old.onicegatheringstatechange = old.onconnectionstatechange = null;
    this.senders.clear();
    this.owed = false;
    this.current = this.connect(replace(old));
  }

  remoteAnswer(sdp: string): void {
    this.step(async () => {
      if (this.pc.signalingState !== "have-local-offer") return; // to an offer that was rolled back since
      await this.pc.setRemoteDescription({ type: "answer", sdp: speechOpus(sdp, this.speechMids()) });
    });
  }

  remoteCandidate(candidate: RTCIceCandidateInit | null): void {
    if (!candidate) return;
    this.step(async () => {
      try {
        await this.pc.addIceCandidate(candidate);
      } catch {
        // of a description that was replaced since; ICE goes on with the others
      }
    });
  }

  /** resume goes on after a lost websocket: an offer that had no answer may not have arrived, and is sent again. */
  resume(): void {
    this.step(() => {
      if (this.pc.signalingState === "have-local-offer") this.sendOffer();
    });
  }

  /**
   * restart looks for a new network path; it ends in an offer. After one that has no answer yet it leads to another: the addresses
   * of that one may be those of a network that is gone. relays: with these alone, which answer.
   */
  restart(relays?: RTCIceServer[]): void {
    if (this.closed) return;
    if (relays || this.narrowed) this.configure(relays ?? this.iceServers);
    this.pc.restartIce();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.waiting);
    close(this.pc);
  }

  private step(f: () => Promise<void> | void): void {
    this.steps = this.steps.then(async () => {
      if (this.closed) return;
      try {
        await f();
      } catch (error) {
        if (this.closed) return;
        console.warn("negotiation:", error instanceof Error ? error.name : "error");
        this.handler.broken();
      }
    });
  }

  private async offer(): Promise<void> {
    if (this.pc.signalingState !== "stable") return; // the browser asks again when it is
    this.owed = this.pc.getTransceivers().length === 0;
    if (this.owed) return;
    await this.pc.setLocalDescription();
    this.sendOffer();
  }

  private sendOffer(): void {
    this.handler.send({ type: "offer", sdp: this.pc.localDescription?.sdp ?? "", tracks: this.published() });
  }

  /** published says what each m-line of the current offer sends. */
  private published(): PublishedTrack[] {
    return slots.flatMap((slot) => {
      const t = this.senders.get(slot);
      return t?.mid && t.direction === "sendonly" ? [{ mid: t.mid, ...parts(slot) }] : [];
    });
  }

  private async set(slot: Slot, track: MediaStreamTrack | undefined, active: boolean): Promise<void> {
    const t = this.senders.get(slot);
    if (t) {
      if (t.sender.track !== (track ?? null)) await t.sender.replaceTrack(track ?? null);
      const direction = active ? "sendonly" : "inactive";
      if (t.direction !== direction) t.direction = direction;
    } else if (active) {
      const { kind } = parts(slot);
      const added = addSender(this.pc, slot, kind, track, this.codec);
      if (kind === "video") prefer(added, this.codec);
      this.senders.set(slot, added);
      await this.limit(slot);
    }
  }

  private tellTracks(): void {
    const byMid = new Map(this.pc.getTransceivers().map((t) => [t.mid, t]));
    this.handler.tracks(
      this.sent.flatMap(({ mid, track, peer, source, kind }) => {
        const receiver = byMid.get(mid)?.receiver;
        return receiver ? [{ id: track, peer, source, kind, media: receiver.track, receiver }] : [];
      }),
    );
  }

  private speechMids(): Set<string> {
    return new Set([this.senders.get("camera:audio")?.mid ?? ""]);
  }
}
