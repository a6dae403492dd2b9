/** Two tones, twice, then a pause: frequencies in Hz, times in seconds. */
const notes = [
  { at: 0, hz: 659.25 }, { at: 0.28, hz: 880 },
  { at: 0.9, hz: 659.25 }, { at: 1.18, hz: 880 },
];
const period = 3;

/**
 * Ring plays a ring tone made by the browser. Browsers play nothing before the person has touched the page, unless it
 * uses the microphone: silent tells when that is so.
 */
export class Ring {
  private context: AudioContext | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private volume: GainNode | undefined;

  /** start rings until stop, at most for some seconds. */
  start(seconds = 60): void {
    if (this.timer) return;
    const until = Date.now() + seconds * 1000;
    const once = (): void => {
      if (Date.now() > until) return this.stop();
      this.round();
    };
    once();
    this.timer = setInterval(once, period * 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    const { context, volume } = this;
    this.volume = undefined;
    if (context && volume) volume.gain.setTargetAtTime(0, context.currentTime, 0.03);
  }

  /** test plays the tones once; from a press of the person it also allows later ringing. */
  test(): void {
    void this.open()?.resume();
    this.round();
  }

  /** silent reports whether the browser would not let this page ring now. */
  get silent(): boolean {
    return this.open()?.state !== "running";
  }

  /** close gives the sound device back. */
  close(): void {
    this.stop();
    void this.context?.close();
    this.context = undefined;
  }

  private open(): AudioContext | undefined {
    if (typeof AudioContext === "undefined") return undefined;
    this.context ??= new AudioContext();
    return this.context;
  }

  private round(): void {
    const context = this.open();
    if (!context) return;
    if (context.state !== "running") {
      // "interrupted", in Safari, is a call on the telephone: it ends by itself, and resume would break the context.
      if (context.state === "suspended") context.resume().catch(() => undefined);
      return; // tones are not saved up for later
    }
    if (!this.volume) {
      this.volume = context.createGain();
      this.volume.gain.value = 0.35;
      this.volume.connect(context.destination);
    }
    for (const note of notes) this.play(context, this.volume, note.hz, context.currentTime + 0.05 + note.at);
  }

  /** play sounds like a struck bar: a tone and a quieter octave that fade. */
  private play(context: AudioContext, out: AudioNode, hz: number, at: number): void {
    for (const [factor, loudness] of [[1, 1], [2, 0.25]] as const) {
      const tone = context.createOscillator();
      const shape = context.createGain();
      tone.frequency.value = hz * factor;
      shape.gain.setValueAtTime(0.0001, at);
      shape.gain.exponentialRampToValueAtTime(loudness, at + 0.02);
      shape.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
      tone.connect(shape).connect(out);
      tone.start(at);
      tone.stop(at + 0.55);
    }
  }
}
