// A robot in a browser, which speaks the opentera-webrtc signaling protocol, version 2, and logs in as a device: written from
// the protocol's facts (signaling/README.md, "Robots of opentera-webrtc"), not from the original's source. It does what a
// robot's nodes do: takes the first invitation, cuts its addresses and password out of it, and calls whom it sees.

interface Entry {
  id: string;
  name: string;
  data: unknown;
}

interface Call {
  pc: RTCPeerConnection;
  stream: MediaStream;
  channel?: RTCDataChannel;
  texts: string[];
  /** m-lines on which the room takes this robot's media. */
  takes: number;
}

interface Options {
  room: string;
  name: string;
  /** Sends camera and microphone, and takes those of the others. */
  media?: boolean;
  /** Opens a data channel. */
  data?: boolean;
}

type Message =
  | { event: "join-room-answer"; data: string }
  | { event: "room-clients"; data: Entry[] }
  | { event: "make-peer-call"; data: string[] }
  | { event: "peer-call-answer-received"; data: { fromId: string; answer?: RTCSessionDescriptionInit } }
  | { event: "ice-candidate-received"; data: { fromId: string; candidate: RTCIceCandidateInit | null } }
  | { event: "close-all-peer-connections-request-received" };

/** A device account that is online, and the addresses in its invitations. */
export class Device {
  #invitations: string[] = [];
  #wake?: () => void;

  static async login(token: string): Promise<Device> {
    const answer = await fetch(`/api/device/login?token=${encodeURIComponent(token)}`);
    if (!answer.ok) throw new Error(`login: ${answer.status}`);
    const { websocket_url: url } = (await answer.json()) as { websocket_url: string };
    const device = new Device();
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => device.#take(data as string);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("the device's websocket failed"));
    });
    return device;
  }

  /** Waits for the next invitation. Those that came before this one was asked for do not count. */
  async next(): Promise<string> {
    this.#invitations = [];
    while (this.#invitations.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#invitations.shift()!;
  }

  #take(text: string): void {
    const [first] = (JSON.parse(text) as { message?: { events?: { "@type": string; sessionUrl?: string }[] } }).message?.events ?? [];
    if (!first?.["@type"].endsWith("JoinSessionEvent") || !first.sessionUrl) return;
    this.#invitations.push(first.sessionUrl);
    this.#wake?.();
  }
}

/** What a robot's nodes make of a device's address. */
export function addresses(device: string): { base: string; password: string } {
  const at = device.indexOf("pwd=");
  if (at < 0) throw new Error("no pwd= in the address");
  return { base: device.slice(0, device.lastIndexOf("/")).toLowerCase(), password: device.slice(at + 4).split("&", 1)[0] ?? "" };
}

export class Robot {
  id?: string;
  closed?: number;
  clients: Entry[] = [];
  readonly calls = new Map<string, Call>();
  #socket!: WebSocket;
  #servers: RTCIceServer[] = [];
  #local?: MediaStream;

  constructor(private readonly options: Options) {}

  async join(device: string): Promise<this> {
    const { base, password } = addresses(device);
    const answer = await fetch(`${base}/iceservers`, { headers: { Authorization: password } });
    this.#servers = answer.ok ? ((await answer.json()) as RTCIceServer[]) : [];
    if (this.options.media) this.#local = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    this.#socket = new WebSocket(`${base.replace(/^http/, "ws")}/signaling`);
    this.#socket.onopen = () => this.#send("join-room", { name: this.options.name, data: {}, room: this.options.room, password, protocolVersion: 2 });
    this.#socket.onmessage = ({ data }) => void this.#take(JSON.parse(data as string) as Message);
    this.#socket.onclose = ({ code }) => (this.closed = code);
    return this;
  }

  /** What there is of each of the others, by name. */
  async picture(): Promise<Record<string, { frames: number; sound: number; takes: number; channel?: string; texts: string[] }>> {
    const found: Record<string, { frames: number; sound: number; takes: number; channel?: string; texts: string[] }> = {};
    for (const { id, name } of this.clients) {
      const call = this.calls.get(id);
      if (!call) continue;
      const now = { frames: 0, sound: 0, takes: call.takes, channel: call.channel?.readyState, texts: call.texts };
      for (const entry of (await call.pc.getStats()).values() as Iterable<{ type: string; kind?: string; framesDecoded?: number; packetsReceived?: number }>) {
        if (entry.type !== "inbound-rtp") continue;
        if (entry.kind === "video") now.frames += entry.framesDecoded ?? 0;
        else now.sound += entry.packetsReceived ?? 0;
      }
      found[name] = now;
    }
    return found;
  }

  /** Sends text on the channel with one of the others. */
  say(name: string, text: string): void {
    const to = this.clients.find((c) => c.name === name);
    const channel = to && this.calls.get(to.id)?.channel;
    if (!channel) throw new Error(`no channel with ${name}`);
    channel.send(text);
  }

  #send(event: string, data?: unknown): void {
    this.#socket.send(JSON.stringify({ event, data }));
  }

  async #take(m: Message): Promise<void> {
    switch (m.event) {
      case "join-room-answer":
        this.id = m.data;
        break;
      case "room-clients":
        this.clients = m.data;
        if (m.data.some(({ id }) => id !== this.id && !this.calls.has(id))) this.#send("call-all");
        break;
      case "make-peer-call":
        for (const id of m.data) await this.#call(id);
        break;
      case "peer-call-answer-received": {
        const call = this.calls.get(m.data.fromId);
        if (!call) break;
        if (!m.data.answer) return this.#drop(m.data.fromId);
        call.takes = m.data.answer.sdp?.match(/a=(recvonly|sendrecv)/g)?.length ?? 0;
        await call.pc.setRemoteDescription(m.data.answer);
        break;
      }
      case "ice-candidate-received":
        if (m.data.candidate) await this.calls.get(m.data.fromId)?.pc.addIceCandidate(m.data.candidate);
        break;
      case "close-all-peer-connections-request-received":
        for (const id of [...this.calls.keys()]) this.#drop(id);
    }
  }

  async #call(id: string): Promise<void> {
    if (this.calls.has(id) || !this.clients.some((c) => c.id === id)) return;
    const pc = new RTCPeerConnection({ iceServers: this.#servers });
    const call: Call = { pc, stream: new MediaStream(), texts: [], takes: 0 };
    this.calls.set(id, call);
    pc.onicecandidate = ({ candidate }) => this.#send("send-ice-candidate", { toId: id, candidate });
    pc.onconnectionstatechange = () => ["disconnected", "failed", "closed"].includes(pc.connectionState) && this.#drop(id);
    pc.ontrack = ({ track }) => this.#show(call, track);
    if (this.options.data) {
      call.channel = pc.createDataChannel(this.options.room);
      call.channel.onmessage = ({ data }) => call.texts.push(String(data));
    }
    for (const track of this.#local?.getTracks() ?? []) pc.addTrack(track, this.#local!);
    await pc.setLocalDescription(await pc.createOffer(this.options.media ? { offerToReceiveAudio: true, offerToReceiveVideo: true } : {}));
    this.#send("call-peer", { toId: id, offer: pc.localDescription });
  }

  /** A picture is decoded only where it is shown. */
  #show(call: Call, track: MediaStreamTrack): void {
    call.stream.addTrack(track);
    if (track.kind !== "video") return;
    const video = document.body.appendChild(document.createElement("video"));
    video.muted = true;
    video.srcObject = call.stream;
    void video.play();
  }

  #drop(id: string): void {
    this.calls.get(id)?.pc.close();
    this.calls.delete(id);
  }
}
