// Something like speech for a fake microphone: syllables of a changing voice with hardly a pause, so that lost packets
// are heard (Chromium's own fake device beeps once a second and is silent in between, where nothing is lost or concealed).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rate = 48_000;
const seconds = 6; // whole periods of everything below: it repeats without a click

/** Writes the sound to a temporary file. */
export function voice() {
  const dir = mkdtempSync(join(tmpdir(), "gotera-voice-"));
  const file = join(dir, "voice.wav");
  writeFileSync(file, wav(samples()));
  return { file, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function samples() {
  const out = new Int16Array(rate * seconds);
  let phase = 0;
  for (let i = 0; i < out.length; i++) {
    const t = i / rate;
    const pitch = 130 + 20 * Math.sin((2 * Math.PI * t) / 3); // Hz
    phase += (2 * Math.PI * pitch) / rate;
    const syllable = 0.4 + 0.6 * Math.sin(Math.PI * 4 * t) ** 2; // four in a second
    let v = 0;
    for (let h = 1; h <= 12; h++) v += Math.sin(h * phase) / h / (1 + ((h * pitch - 600) / 900) ** 2);
    out[i] = Math.round(9000 * syllable * v);
  }
  return out;
}

/** A RIFF file of one channel of 16 bits. */
function wav(data) {
  const head = Buffer.alloc(44);
  const bytes = data.length * 2;
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write("WAVEfmt ", 8);
  for (const [size, value, at] of [[4, 16, 16], [2, 1, 20], [2, 1, 22], [4, rate, 24], [4, rate * 2, 28], [2, 2, 32], [2, 16, 34]]) {
    head.writeUIntLE(value, at, size);
  }
  head.write("data", 36);
  head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, Buffer.from(data.buffer)]);
}
