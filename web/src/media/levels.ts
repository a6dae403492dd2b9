import type { RemoteTrack } from "./negotiation.ts";

/** A voice is louder than this (linear, about -40 dBov); room noise stays below. */
const threshold = 0.01;

/** Somebody stays the speaker for this long (ms) after the last sound, so that pauses do not move the picture. */
const hold = 1500;

/** Speakers finds out who speaks from the audio levels of the received tracks. */
export class Speakers {
  private readonly last = new Map<string, number>();
  private current: string | undefined;

  /** update returns the ids of the peers that speak now, the current speaker first. */
  update(levels: ReadonlyMap<string, number>, now: number): string[] {
    for (const [peer, level] of levels) if (level > threshold) this.last.set(peer, now);
    for (const [peer, at] of this.last) if (now - at > hold || !levels.has(peer)) this.last.delete(peer);
    // The one who holds the floor keeps it until silent; then whoever spoke last.
    if (!this.current || !this.last.has(this.current)) {
      this.current = [...this.last].sort((a, b) => b[1] - a[1])[0]?.[0];
    }
    const others = [...this.last.keys()].filter((peer) => peer !== this.current);
    return this.current ? [this.current, ...others] : others;
  }
}

/** readLevels gives each peer's loudest level now, 0 to 1, from its camera's sound (not from shared media). */
export function readLevels(tracks: readonly RemoteTrack[]): Map<string, number> {
  const levels = new Map<string, number>();
  for (const t of tracks) {
    if (t.kind !== "audio" || t.source === "screen") continue;
    const source = t.receiver.getSynchronizationSources?.()[0];
    levels.set(t.peer, Math.max(levels.get(t.peer) ?? 0, source?.audioLevel ?? 0));
  }
  return levels;
}
