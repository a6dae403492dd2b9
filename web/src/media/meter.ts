/** LevelMeter measures how loud a local track is; for the bar that moves when somebody speaks. */
export class LevelMeter {
  private readonly context: AudioContext;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
    void this.context.resume();
  }

  /** level is 0 (silence) to 1 (loud), on a scale that looks even to the ear: -60 dB to -10 dB. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, x) => sum + x * x, 0) / this.samples.length;
    const decibels = 10 * Math.log10(power + 1e-10);
    return Math.min(1, Math.max(0, (decibels + 60) / 50));
  }

  close(): void {
    void this.context.close();
  }
}

/** playTone plays a short sound on an output; for "do you hear this?". */
export async function playTone(speaker?: string): Promise<void> {
  const context = new AudioContext();
  const out = context as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  if (speaker && out.setSinkId) await out.setSinkId(speaker).catch(() => undefined);
  await context.resume();
  const gain = context.createGain();
  gain.connect(context.destination);
  [523.25, 659.25, 783.99].forEach((frequency, i) => {
    const at = context.currentTime + i * 0.22;
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + 0.2);
  });
  gain.gain.setValueAtTime(0.15, context.currentTime);
  gain.gain.linearRampToValueAtTime(0, context.currentTime + 0.75);
  setTimeout(() => void context.close(), 1200);
}
