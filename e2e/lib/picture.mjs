// What a fake camera shows: somebody who moves in front of a wall, with a camera's noise, so that an encoder uses all the
// bits it may (Chromium's own fake picture is a few flat shapes: 0.4 Mbit/s at 640 x 480, which fits through any link).
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Frames per second of the picture. Less than a camera's 30, to leave processor time to the rest. */
export const fps = 20;
const seconds = 2; // everything moves in whole periods: it repeats without a cut

/** Writes the picture to a temporary file, as YUV4MPEG2. */
export function picture(width, height) {
  const dir = mkdtempSync(join(tmpdir(), "gotera-picture-"));
  const file = join(dir, "picture.y4m");
  const fd = openSync(file, "w");
  writeSync(fd, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
  const wall = texture(width, height);
  const noise = grain();
  for (let i = 0; i < fps * seconds; i++) {
    writeSync(fd, "FRAME\n");
    writeSync(fd, frame(wall, noise, width, height, i / (fps * seconds), i));
  }
  closeSync(fd);
  return { file, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Pseudo-random numbers from 0 to 1, always the same. */
function* dice(state = 1) {
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function texture(width, height) {
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      out[y * width + x] = 110 + 20 * Math.sin(x / 17 + Math.sin(y / 23) * 2) + 14 * Math.sin(y / 7 + x / 31) + 8 * Math.sin(x / 3.1) * Math.sin(y / 2.7);
    }
  }
  return out;
}

function grain() {
  const random = dice();
  return Float32Array.from({ length: 65_537 }, () => (random.next().value - 0.5) * 12);
}

/** One I420 frame; phase goes from 0 to 1 over the whole. */
function frame(wall, noise, width, height, phase, number) {
  const out = Buffer.alloc((width * height * 3) / 2, 128);
  const turn = 2 * Math.PI * phase;
  const [cx, cy] = [width * (0.5 + 0.18 * Math.sin(turn)), height * (0.55 + 0.06 * Math.sin(2 * turn))];
  const [rx, ry] = [width * 0.2, height * 0.38];
  const start = (number * 7919) % noise.length;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [dx, dy] = [(x - cx) / rx, (y - cy) / ry];
      const inside = dx * dx + dy * dy < 1;
      const v = inside ? 170 + 40 * Math.sin(dx * 9) * Math.cos(dy * 11) : wall[i];
      out[i] = Math.max(16, Math.min(235, v + noise[(start + i * 3) % noise.length]));
    }
  }
  return out;
}
