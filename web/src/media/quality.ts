/** Quality in a word; the texts are in i18n under room.quality. */
export type Quality = "good" | "fair" | "poor";

/** What a connection was like over the last interval. Missing values are not judged. */
export interface Sample {
  /** Lost share of the packets, 0 to 1. */
  loss?: number;
  /** Round trip, in seconds. */
  rtt?: number;
  /** In seconds. */
  jitter?: number;
  /** Share of the interval that the picture stood still, 0 to 1. */
  frozen?: number;
  /** Share of the sound that was made up, 0 to 1. */
  concealed?: number;
}

// From what people notice: Opus with FEC hides 5 % loss, conversation suffers from 400 ms round trip on (ITU-T G.114).
// The room has the same limits (signaling/quality).
const fair = { loss: 0.03, rtt: 0.3, jitter: 0.05, frozen: 0.1, concealed: 0.05 };
const poor = { loss: 0.1, rtt: 0.6, jitter: 0.12, frozen: 0.4, concealed: 0.2 };

/** judge says what a sample is like: as bad as its worst value. */
export function judge(sample: Sample): Quality {
  const over = (limits: Required<Sample>) =>
    (Object.keys(limits) as (keyof Sample)[]).some((name) => (sample[name] ?? 0) > limits[name]);
  return over(poor) ? "poor" : over(fair) ? "fair" : "good";
}

/**
 * Steady makes a word that does not flicker: worse has to hold for two samples, better for three.
 */
export class Steady {
  private shown: Quality = "good";
  private wanted: Quality = "good";
  private count = 0;

  next(q: Quality): Quality {
    if (q === this.shown) {
      this.count = 0;
      return this.shown;
    }
    this.count = q === this.wanted ? this.count + 1 : 1;
    this.wanted = q;
    const worse = ["good", "fair", "poor"].indexOf(q) > ["good", "fair", "poor"].indexOf(this.shown);
    if (this.count >= (worse ? 2 : 3)) {
      this.shown = q;
      this.count = 0;
    }
    return this.shown;
  }
}
