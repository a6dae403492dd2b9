// What a session page receives, over time: getStats four times a second, and when each frame was shown. The first part
// runs in the page, the second reads what it wrote. Times are ms since 1970, the same in all pages and here.

/** Runs in each page before its own scripts. */
export function record() {
  const every = 250;
  const connections = [];
  const timeline = (window.timeline = { samples: [], frames: {}, late: [] });
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };
  const now = () => performance.timeOrigin + performance.now();
  const keep = (list, count) => list.length > count && list.splice(0, list.length - count);

  async function sample() {
    const pc = connections.at(-1);
    if (!pc) return;
    const s = { at: now(), state: pc.connectionState, in: [], out: [], rtt: undefined, outgoing: undefined, incoming: undefined };
    const report = await pc.getStats();
    report.forEach((e) => {
      if (e.type === "inbound-rtp") s.in.push({ ...e, codec: report.get(e.codecId)?.mimeType });
      if (e.type === "outbound-rtp") s.out.push({ ...e, codec: report.get(e.codecId)?.mimeType });
      if (e.type === "candidate-pair" && e.nominated) [s.rtt, s.outgoing] = [e.currentRoundTripTime, e.availableOutgoingBitrate];
    });
    timeline.samples.push(s);
    keep(timeline.samples, 1200);
  }

  const watched = new WeakSet();
  function watch() {
    for (const video of document.querySelectorAll(".tile:not(.self) video")) {
      if (watched.has(video)) continue;
      watched.add(video);
      const shown = (time, { width, height }) => {
        const frames = (timeline.frames[video.ariaLabel] ??= []);
        frames.push([performance.timeOrigin + time, width, height]);
        keep(frames, 20_000);
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    }
  }

  let due = now() + every;
  setInterval(() => {
    timeline.late.push([now(), Math.max(0, now() - due)]);
    keep(timeline.late, 1200);
    due = now() + every;
    watch();
    void sample();
  }, every);
}

/** A gap between two shown frames is a freeze from this length on, ms. The camera's frames are 50 ms apart. */
export const freeze = 250;
const normal = 50;

/** Samples of sound in a packet: 20 ms. */
const perPacket = 960;

export class Timeline {
  constructor({ samples, frames, late }) {
    Object.assign(this, { samples, frames, late });
  }

  static async of(page, from) {
    return new Timeline(await page.evaluate((from) => {
      const { samples, frames, late } = window.timeline;
      const after = (list, at) => list.slice(Math.max(0, list.findIndex((e) => at(e) >= from) - 1));
      return {
        samples: after(samples, (s) => s.at),
        frames: Object.fromEntries(Object.entries(frames).map(([name, list]) => [name, after(list, (f) => f[0])])),
        late: after(late, (l) => l[0]),
      };
    }, from));
  }

  /** What was received from one person between two times. */
  between(name, from, to) {
    const seconds = (to - from) / 1000;
    const frames = (this.frames[name] ?? []).filter(([at]) => at >= from && at <= to);
    const frozen = freezes(frames.map(([at]) => at), from, to);
    const audio = this.difference("audio", from, to);
    const video = this.difference("video", from, to);
    const madeUp = (audio.concealedSamples ?? 0) - (audio.silentConcealedSamples ?? 0);
    const heights = frames.map(([, , height]) => height).sort((a, b) => a - b);
    return {
      seconds,
      shown: frames.length / seconds, // frames per second
      frozen: frozen.time / (to - from), // share of the time
      longest: frozen.longest, // ms
      freezes: (video.totalFreezesDuration ?? 0) / seconds, // share of the time, as WebRTC counts
      height: heights[heights.length >> 1] ?? 0, // the median frame's
      kbps: ((video.bytesReceived ?? 0) * 8) / 1000 / seconds,
      nacks: video.nackCount ?? 0,
      keyframeRequests: video.pliCount ?? 0,
      concealed: madeUp / Math.max(1, audio.totalSamplesReceived ?? 0),
      audioLost: audio.packetsLost ?? 0, // packets, on the way
      // Packets that nothing brought in time, from the sound that was made up for them: browsers do not count what RED repairs.
      audioGone: Math.round(madeUp / perPacket),
      audioPackets: audio.packetsReceived ?? 0,
      audioDelay: ((audio.jitterBufferDelay ?? 0) / Math.max(1, audio.jitterBufferEmittedCount ?? 0)) * 1000, // ms
      videoDelay: ((video.jitterBufferDelay ?? 0) / Math.max(1, video.jitterBufferEmittedCount ?? 0)) * 1000, // ms
      late: median(this.late.filter(([at]) => at >= from && at <= to).map(([, late]) => late)), // ms, of the page's timers
    };
  }

  /** What the counters of received media of one kind have grown by, all tracks together. */
  difference(kind, from, to) {
    const first = this.samples.findLast((s) => s.at <= from) ?? this.samples[0];
    const last = this.samples.findLast((s) => s.at <= to);
    const sum = {};
    for (const e of last?.in.filter((e) => e.kind === kind) ?? []) {
      const before = first?.in.find((b) => b.id === e.id) ?? {};
      for (const [name, value] of Object.entries(e)) {
        if (typeof value === "number") sum[name] = (sum[name] ?? 0) + value - (before[name] ?? 0);
      }
    }
    return sum;
  }

  /**
   * How long (ms) after at everything is as good as in a control measurement, and stays so for a second; undefined: not yet.
   */
  recovered(name, at, control) {
    const end = this.samples.at(-1)?.at ?? 0;
    for (let from = at; from + 1000 <= end; from += 250) {
      const m = this.between(name, from, from + 1000);
      if (m.shown >= 0.8 * control.shown && m.longest < freeze && m.height >= control.height && m.concealed < 0.02) return from - at;
    }
    return undefined;
  }
}

/** The time in gaps that are freezes, less what a gap takes anyway; a gap may begin before and end after the interval. */
export function freezes(times, from, to) {
  let [time, longest, last] = [0, 0, from];
  for (const at of [...times, to]) {
    const gap = at - last;
    if (gap >= freeze) time += gap - normal;
    longest = Math.max(longest, gap);
    last = at;
  }
  return { time, longest };
}

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
