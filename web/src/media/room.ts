import { batch, signal } from "@preact/signals-core";
import type { Address } from "../signaling/address.ts";
import { onHint } from "../signaling/hints.ts";
import { type EndReason, Link } from "../signaling/link.ts";
import { type ClientMessage, type Invitee, type Joined, type Kind, type MediaKind, type Peer, type PeerQuality, type PeerState, type PlayedTrack, type Self, type ServerMessage, type Session, type Shown, type StalledReason, stalledReason } from "../signaling/messages.ts";
import { Better } from "./better.ts";
import { Black } from "./black.ts";
import { videoCodec } from "./codec.ts";
import { close, prepare, prepareElsewhere } from "./connection.ts";
import { LocalMedia } from "./local.ts";
import { Negotiation, type RemoteTrack } from "./negotiation.ts";
import { expected } from "./expected.ts";
import { FlowMeter, nothing } from "./flow.ts";
import { Ladder } from "./ladder.ts";
import { Played } from "./played.ts";
import { changed, same, withGhosts } from "./peers.ts";
import { Meter, type Report } from "./stats.ts";

/** Where this page stands. */
export type Phase =
  | { name: "connecting" } // never joined yet
  | { name: "in" }
  | { name: "reconnecting" } // joined before, and coming back by itself
  | { name: "ended"; reason: EndReason };

/** Something that happened, for those who want to say it aloud. */
export type RoomEvent =
  /** again: it was lost for a while. */
  | { type: "joined"; again: boolean }
  | { type: "peerJoined"; peer: Peer }
  | { type: "peerLeft"; peer: Peer; reason: string }
  | { type: "muted"; by: Peer | undefined; kind: MediaKind }
  | { type: "message"; from: Peer | undefined; topic: string; data: unknown }
  | { type: "ended"; reason: EndReason };

/** How long (ms) those who were there before are waited for after a new join, as the room waits for lost peers. */
const ghostTime = 90_000;

/** How often (ms) the figures of the connection are taken. */
const measureEvery = 2_000;

/** How many requests wait for a websocket, at most, the last ones, and how long (ms): nobody expects what was asked for long ago. */
const waiting = { requests: 16, time: 60_000 };

/** A websocket that is lost for so long (ms) is a trouble even if pictures come: nothing can be pressed. */
const unlinkedTrouble = 5_000;

/**
 * Room is this page's side of a session: it stays joined, sends what is in local, and holds what views show. Peers and
 * tracks stay as they were while the connection is lost, so that the last picture can stay on the screen.
 */
export class Room {
  readonly phase = signal<Phase>({ name: "connecting" });
  readonly self = signal<Self | undefined>(undefined);
  readonly peerId = signal("");
  readonly session = signal<Session>({ uuid: "", name: "", startedAt: "" });
  readonly canManage = signal(false);
  readonly peers = signal<Peer[]>([]);
  readonly invitees = signal<Invitee[]>([]);
  readonly tracks = signal<RemoteTrack[]>([]);
  /** Whether pictures and sound get through, as opposed to messages. */
  readonly media = signal<RTCPeerConnectionState>("new");
  /** Since when (ms, as Date.now()) something is amiss with this page's own connection; undefined: all is well. */
  readonly trouble = signal<number | undefined>(undefined);
  /** Pictures and sound that came do not come any more: they stand still. */
  readonly interrupted = signal(false);
  /** Messages get through but sound and picture never did: a firewall, as a rule. */
  readonly blocked = signal(false);
  readonly report = signal<Report | undefined>(undefined);
  /** Ids of the others who speak, the one to show first, as the room hears it. */
  readonly speaking = signal<string[]>([]);
  /** Pictures that come smaller than they are shown because this network is slow, by Track.id; true: not at all. */
  readonly reduced = signal<ReadonlyMap<string, boolean>>(new Map());
  /** What should arrive and does not, by Track.id: why, as the room sees it. */
  readonly stalled = signal<ReadonlyMap<string, StalledReason>>(new Map());
  /** How the connections are as the room sees them, by peer id: of all for clinicians, of this page for others. */
  readonly quality = signal<ReadonlyMap<string, PeerQuality>>(new Map());
  readonly local = new LocalMedia(() => this.localChanged());

  private readonly link: Link;
  private negotiation: Negotiation | undefined;
  private prepared: RTCPeerConnection | undefined; // for the next one
  private readonly ladder: Ladder;
  private flow = new FlowMeter();
  private looking: ReturnType<typeof setTimeout> | undefined;
  private measuredAt = 0;
  private lostAt: number | undefined; // the websocket
  private meter = new Meter();
  private readonly black = new Black();
  private readonly better = new Better((relays) => this.ladder.calm && this.negotiation?.restart(relays));
  private played = new Played();
  private toldAt = 0;
  private onScreen: ReadonlySet<string> = new Set();
  private readonly over = new AbortController();
  private requests: { at: number; m: ClientMessage }[] = []; // made while the websocket was lost
  private sentState = "";
  private shown: Shown[] | undefined; // as views last said
  private hadMedia = false;

  constructor(private readonly address: Address, private readonly tell: (e: RoomEvent) => void) {
    this.link = new Link(address, () => this.state(), {
      joined: (m) => this.joined(m),
      message: (m) => this.receive(m),
      answered: () => this.ladder.answered(),
      lost: () => this.lost(),
      ended: (reason) => this.ended(reason),
    });
    this.ladder = new Ladder({
      probe: () => this.link.probe(this.report.value?.rtt),
      restart: () => this.negotiation?.restart(),
      fresh: () => this.anew(() => this.link.fresh()),
      rejoin: () => this.anew(() => this.link.rejoin()),
    });
  }

  private anew(come: () => void): void {
    this.blocked.value = !this.hadMedia;
    come();
  }

  /** open joins the room and opens camera and microphone at the same time. */
  open(): void {
    this.link.open();
    this.prepared = prepare();
    void this.local.start();
    onHint(() => {
      this.ladder.hint();
      this.lookSoon(0);
    }, this.over.signal);
    this.lookSoon();
  }

  leave(): void {
    this.link.leave();
  }

  /** goodbye is leave for a page that is closing: nobody is told but the room. */
  goodbye(): void {
    this.link.goodbye();
  }

  /** stopForAll asks for the end of the session; the room then ends this page too. */
  stopForAll(): void {
    this.ask({ type: "request", action: "stop" });
  }

  remove(kind: Kind, uuid: string): void {
    this.ask({ type: "request", action: "remove", kind, uuid });
  }

  /** ask sends a request, or does so as soon as there is a websocket. */
  private ask(m: ClientMessage & { type: "request" }): void {
    if (!this.link.send(m)) this.requests = [...this.requests, { at: Date.now(), m }].slice(-waiting.requests);
  }

  /** mute asks another peer to switch its microphone or camera off. */
  mute(peer: string, kind: MediaKind): void {
    this.link.send({ type: "mute", peer, kind });
  }

  /** message sends a small object to one peer, or to all others. */
  message(topic: string, data: unknown, to = ""): void {
    this.link.send({ type: "message", topic, data, ...(to ? { to } : {}) });
  }

  /** view tells the room at what size tracks are shown; videos that are not among them are hidden. */
  view(shown: Shown[]): void {
    const hidden = this.tracks.value.filter(({ id, kind }) => kind === "video" && !shown.some((s) => s.track === id));
    const tracks = [...shown, ...hidden.map(({ id }) => ({ track: id, width: 0, height: 0 }))];
    if (JSON.stringify(tracks) === JSON.stringify(this.shown)) return;
    this.shown = tracks;
    this.onScreen = new Set(tracks.filter((t) => t.width > 0).map((t) => t.track));
    this.link.send({ type: "view", tracks });
  }

  peer(id: string): Peer | undefined {
    return this.peers.value.find((p) => p.id === id);
  }

  private joined(m: Joined): void {
    const peers = this.peersAfter(m);
    const again = this.phase.value.name !== "connecting";
    const goesOn = !m.fresh && this.negotiation !== undefined;
    if (!goesOn) {
      this.negotiation?.close();
      this.negotiation = this.negotiate(m.iceServers ?? [], m.peers?.some((p) => p.tracks?.length) ?? false);
      this.media.value = "new";
      this.flow = new FlowMeter();
      this.meter = new Meter();
      this.played = new Played();
      this.quality.value = new Map();
    }
    this.lostAt = undefined;
    batch(() => {
      this.phase.value = { name: "in" };
      this.peerId.value = m.peer;
      this.self.value = m.self;
      this.session.value = m.session;
      this.canManage.value = m.canManage;
      this.peers.value = peers;
      this.invitees.value = m.invitees ?? [];
      this.speaking.value = [];
      this.stalled.value = new Map();
      this.reduced.value = new Map();
    });
    this.sentState = "";
    this.localChanged();
    if (goesOn) this.negotiation?.resume();
    else this.shown = undefined; // views tell it of the new pictures
    if (this.shown) this.link.send({ type: "view", tracks: this.shown }); // the room may take for hidden what was shown again meanwhile
    for (const { at, m } of this.requests.splice(0)) if (Date.now() - at < waiting.time) this.link.send(m);
    this.ladder.joined(!goesOn, this.negotiation?.pc.connectionState ?? "new");
    this.lookSoon();
    this.troubleChanged();
    this.tell({ type: "joined", again });
  }

  /** peersAfter is the list after a join; those of before that do not come back in time are then dropped from it. */
  private peersAfter(m: Joined): Peer[] {
    const now = m.peers ?? [];
    if (m.resumed) return now;
    const list = withGhosts(now, this.peers.value);
    const ghosts = list.slice(now.length);
    if (ghosts.length > 0) setTimeout(() => this.dropGhosts(ghosts), ghostTime);
    return list;
  }

  private dropGhosts(ghosts: Peer[]): void {
    if (this.over.signal.aborted) return; // nobody leaves a session that is over
    for (const peer of ghosts.filter((p) => this.peers.value.includes(p))) this.peerLeft(peer.id, "lost");
  }

  private negotiate(iceServers: RTCIceServer[], offered: boolean): Negotiation {
    const n: Negotiation = new Negotiation(iceServers, {
      send: (m: ClientMessage) => this.negotiation === n && this.link.send(m),
      tracks: (tracks) => (this.tracks.value = tracks),
      state: (state) => {
        this.media.value = state;
        if (state === "connected") {
          this.hadMedia = true;
          this.blocked.value = false;
        }
        this.lookSoon(0);
        this.troubleChanged();
      },
      lostAddresses: () => this.negotiation === n && this.elsewhere(),
      broken: () => this.negotiation === n && this.ladder.broken(),
    }, { codec: videoCodec(this.address.codec), offered, ...(this.prepared && { prepared: this.prepared }) });
    this.prepared = undefined;
    return n;
  }

  /** elsewhere goes on with a connection that knows the network of now, when the ladder is looking for a path. */
  private elsewhere(): void {
    if (!this.ladder.searches) return;
    const pc = prepareElsewhere();
    if (!pc) return;
    if (this.prepared) close(this.prepared);
    this.prepared = pc;
    this.ladder.lost();
  }

  private receive(m: Exclude<ServerMessage, { type: "joined" | "ping" | "pong" | "ended" }>): void {
    switch (m.type) {
      case "iceServers":
        return this.negotiation?.useServers(m.iceServers ?? []);
      case "peer":
        return this.peerChanged(m.peer);
      case "left":
        return this.peerLeft(m.peer, m.reason);
      case "offer":
        return this.negotiation?.remoteOffer(m.sdp, m.tracks ?? [], m.id);
      case "answer":
        return this.negotiation?.remoteAnswer(m.sdp);
      case "candidate":
        return this.negotiation?.remoteCandidate(m.candidate);
      case "invitees":
        this.invitees.value = m.invitees ?? [];
        return;
      case "speakers":
        this.speaking.value = [...new Set((m.speakers ?? []).map((s) => s.peer))].filter((id) => id !== this.peerId.value);
        return;
      case "stalled":
        this.stalled.value = new Map((m.tracks ?? []).map(({ track, reason }) => [track, stalledReason(reason)]));
        return;
      case "quality":
        this.quality.value = new Map((m.peers ?? []).map((p) => [p.peer, p]));
        return;
      case "layers":
        return this.negotiation?.need(new Map((m.tracks ?? []).map(({ source, layers }) => [`${source}:video`, layers])));
      case "reduced":
        this.reduced.value = new Map((m.tracks ?? []).map(({ track, paused }) => [track, paused]));
        return;
      case "restart":
        return void this.local.restart(m.source, m.kind);
      case "mute":
        if (m.kind === "audio") void this.local.setMicrophone(false);
        else void this.local.setCamera(false);
        return this.tell({ type: "muted", by: this.peer(m.from), kind: m.kind });
      case "message":
        return this.tell({ type: "message", from: this.peer(m.from), topic: m.topic, data: m.data });
      default:
        m satisfies never;
    }
  }

  private peerChanged(peer: Peer): void {
    const known = this.peers.value.some((p) => same(p, peer));
    this.peers.value = changed(this.peers.value, peer);
    if (!known) this.tell({ type: "peerJoined", peer });
  }

  private peerLeft(id: string, reason: string): void {
    const peer = this.peer(id);
    this.peers.value = this.peers.value.filter((p) => p.id !== id);
    if (peer) this.tell({ type: "peerLeft", peer, reason });
  }

  private lost(): void {
    this.ladder.unlinked();
    this.lostAt = Date.now();
    this.negotiation?.need(new Map()); // who comes meanwhile cannot be told of
    if (this.phase.value.name !== "in") return;
    this.phase.value = { name: "reconnecting" };
    this.troubleChanged();
  }

  /** troubleChanged looks whether what got through once still does. */
  private troubleChanged(): void {
    const expected = this.peers.value.some((p) => p.tracks?.length) || this.local.camera.value.track !== undefined;
    const inside = this.phase.value.name === "in" || this.phase.value.name === "reconnecting";
    const flows = this.media.value === "connected" && this.ladder.flows;
    const away = this.phase.value.name === "reconnecting" && (!this.hadMedia || Date.now() - (this.lostAt ?? 0) > unlinkedTrouble);
    const interrupted = inside && this.hadMedia && expected && !flows;
    batch(() => {
      this.interrupted.value = interrupted;
      this.trouble.value = interrupted || away ? (this.trouble.value ?? Date.now()) : undefined;
    });
  }

  private ended(reason: EndReason): void {
    this.over.abort();
    clearTimeout(this.looking);
    this.local.close();
    this.negotiation?.close();
    if (this.prepared) close(this.prepared);
    this.phase.value = { name: "ended", reason };
    this.trouble.value = undefined;
    this.interrupted.value = false;
    this.tell({ type: "ended", reason });
  }

  /** localChanged sends the state that others are shown, and the tracks. */
  private localChanged(): void {
    this.tellState();
    this.negotiation?.publish(this.local.outgoing());
  }

  private tellState(): void {
    const state = this.state();
    const text = JSON.stringify(state);
    if (text === this.sentState) return;
    this.sentState = text;
    this.link.send({ type: "state", state });
  }

  private state(): PeerState {
    const { microphone, camera, camera2, screen } = this.local;
    const used = this.report.value?.used;
    return {
      microphone: microphone.value.on, camera: camera.value.on, camera2: camera2.value.on, screen: screen.value.on, ...(used && { way: used.way, ipv6: used.ipv6 }),
    };
  }

  private tellPlayed(tracks: PlayedTrack[]): void {
    const now = Date.now();
    if (tracks.length === 0 || now - this.toldAt < playedEvery - 100) return;
    this.toldAt = now;
    this.link.send({ type: "quality", tracks });
  }

  /** lookSoon sets the time of the next look. */
  private lookSoon(ms = this.ladder.pace): void {
    clearTimeout(this.looking);
    if (this.over.signal.aborted) return;
    this.looking = setTimeout(() => void this.look(), ms);
  }

  /** look sees whether media flows, and takes the figures of the connection now and then. */
  private async look(): Promise<void> {
    const pc = this.negotiation?.pc;
    const { flow, meter } = this;
    const stats = await pc?.getStats().catch(() => undefined); // it was closed meanwhile
    if (this.over.signal.aborted) return;
    if (pc && pc === this.negotiation?.pc && flow === this.flow) {
      this.ladder.look({ flow: stats ? flow.next(stats, this.tracks.value) : nothing, state: pc.connectionState, expected: this.expected() });
      if (stats && Date.now() - this.measuredAt >= measureEvery - 50 && pc.connectionState === "connected") {
        this.measuredAt = Date.now();
        this.measure(stats, meter);
      }
    }
    this.troubleChanged();
    this.lookSoon();
  }

  private expected(): Set<string> {
    return expected(this.tracks.value, { peers: this.peers.value, onScreen: this.onScreen, reduced: this.reduced.value, stalled: this.stalled.value });
  }

  private measure(stats: RTCStatsReport, meter: Meter): void {
    this.report.value = meter.next(stats, this.tracks.value, this.stalled.value);
    if (this.phase.value.name !== "in") return;
    this.better.look(this.report.value.used, this.negotiation?.servers ?? [], this.ladder.calm);
    this.tellState();
    this.tellPlayed(this.played.next(stats, this.tracks.value, this.onScreen));
    for (const track of this.black.next(stats, this.tracks.value, this.onScreen)) this.link.send({ type: "renew", track });
  }
}

/** How often (ms) the room is told how what this page receives is played. */
const playedEvery = 4000;

/** What views need of LocalMedia and Room; dev/states.tsx shows every state with one made by hand. */
export type LocalModel = Pick<LocalMedia, keyof LocalMedia>;
export type RoomModel = Omit<Pick<Room, keyof Room>, "local"> & { readonly local: LocalModel };
