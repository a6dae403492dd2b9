// A QR code encoder (ISO/IEC 18004): bytes, error correction level L. Codes are read from a screen, which is clean, so
// the lowest level is enough and keeps the modules large.

/** A square of modules; true is dark. */
export type Modules = boolean[][];

/** Error correction codewords per block and number of blocks at level L, for versions 1 to 40 (table 9). */
const eccPerBlock = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
const blockCount = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];

/** qr encodes text (UTF-8, at most 2953 bytes) in the smallest version that holds it. */
export function qr(text: string): Modules {
  const data = new TextEncoder().encode(text);
  const version = smallest(data.length);
  const canvas = new Canvas(version);
  canvas.place(interleave(codewords(data, version), version));
  return canvas.bestMasked();
}

function at(list: ArrayLike<number>, i: number): number {
  return list[i] ?? 0;
}

/** capacity is the number of modules that carry data and error correction, in whole codewords. */
function capacity(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const n = Math.floor(version / 7) + 2;
    modules -= (25 * n - 10) * n - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

function dataCapacity(version: number): number {
  return capacity(version) - at(eccPerBlock, version - 1) * at(blockCount, version - 1);
}

/** lengthBits is the size of the character count of byte mode. */
function lengthBits(version: number): number {
  return version < 10 ? 8 : 16;
}

function smallest(bytes: number): number {
  for (let version = 1; version <= 40; version++) {
    if (4 + lengthBits(version) + 8 * bytes <= 8 * dataCapacity(version)) return version;
  }
  throw new RangeError(`${bytes} bytes do not fit into a QR code`);
}

/** codewords packs mode, length and bytes, ended and padded as the standard says. */
function codewords(data: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >>> i) & 1);
  };
  put(0b0100, 4);
  put(data.length, lengthBits(version));
  for (const byte of data) put(byte, 8);
  const total = 8 * dataCapacity(version);
  put(0, Math.min(4, total - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < total; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: total / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((sum, b) => 2 * sum + b, 0));
}

/** interleave splits data into blocks, adds error correction to each and mixes them. The later blocks are the longer ones. */
function interleave(data: number[], version: number): number[] {
  const count = at(blockCount, version - 1);
  const ecc = at(eccPerBlock, version - 1);
  const short = Math.floor(data.length / count);
  const firstLong = count - (data.length % count);
  const generator = generatorPolynomial(ecc);
  const blocks: number[][] = [];
  for (let i = 0, from = 0; i < count; i++) {
    const size = short + (i >= firstLong ? 1 : 0);
    blocks.push(data.slice(from, from + size));
    from += size;
  }
  const checks = blocks.map((b) => remainder(b, generator));
  const mixed: number[] = [];
  for (let i = 0; i <= short; i++) for (const b of blocks) if (i < b.length) mixed.push(at(b, i));
  for (let i = 0; i < ecc; i++) for (const c of checks) mixed.push(at(c, i));
  return mixed;
}

/** times multiplies in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let x = a, y = b; y > 0; y >>= 1, x = (x << 1) ^ (x & 0x80 ? 0x11d : 0)) if (y & 1) product ^= x;
  return product;
}

/** generatorPolynomial is (x - 1)(x - 2)(x - 4)...; its leading coefficient, 1, is left out. */
function generatorPolynomial(degree: number): number[] {
  let poly = [1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    const next = [...poly, 0];
    for (let j = 0; j < poly.length; j++) next[j + 1] = at(next, j + 1) ^ times(at(poly, j), root);
    poly = next;
  }
  return poly.slice(1);
}

function remainder(data: number[], generator: number[]): number[] {
  let rest = generator.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ at(rest, 0);
    rest = [...rest.slice(1), 0].map((value, i) => value ^ times(at(generator, i), factor));
  }
  return rest;
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Canvas draws the fixed patterns of a version, then the codewords between them. */
class Canvas {
  private readonly size: number;
  private readonly dark: Modules;
  private readonly fixed: Modules;

  constructor(private readonly version: number) {
    this.size = 17 + 4 * version;
    const empty = (): Modules => Array.from({ length: this.size }, () => Array<boolean>(this.size).fill(false));
    this.dark = empty();
    this.fixed = empty();
    this.patterns();
  }

  /** place writes codewords in columns of two, upwards and downwards in turn, from the right. */
  place(words: number[]): void {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5; // the timing pattern has this column
      const up = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.size; step++) {
        const y = up ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.fixed[y]?.[x]) continue;
          this.paint(x, y, bit < 8 * words.length && ((at(words, bit >> 3) >> (7 - (bit & 7))) & 1) === 1);
          bit++;
        }
      }
    }
  }

  /** bestMasked applies the mask with the lowest penalty. */
  bestMasked(): Modules {
    const tried = masks.map((mask, i) => this.masked(mask, i));
    const penalties = tried.map(penalty);
    return tried[penalties.indexOf(Math.min(...penalties))] ?? this.dark;
  }

  private masked(mask: (x: number, y: number) => boolean, number: number): Modules {
    const out = this.dark.map((row, y) => row.map((d, x) => (this.fixed[y]?.[x] ? d : d !== mask(x, y))));
    this.format(number, (x, y, d) => void ((out[y] ?? [])[x] = d));
    return out;
  }

  private paint(x: number, y: number, dark: boolean): void {
    (this.dark[y] ?? [])[x] = dark;
  }

  private fix(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.paint(x, y, dark);
    (this.fixed[y] ?? [])[x] = true;
  }

  private patterns(): void {
    for (let i = 0; i < this.size; i++) {
      this.fix(6, i, i % 2 === 0);
      this.fix(i, 6, i % 2 === 0);
    }
    const end = this.size - 4;
    for (const [x, y] of [[3, 3], [end, 3], [3, end]] as const) this.rings(x, y, 4, [true, true, false, true, false]);
    const centres = this.alignment();
    const last = centres.length - 1;
    centres.forEach((x, i) =>
      centres.forEach((y, j) => {
        const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
        if (!corner) this.rings(x, y, 2, [true, false, true]);
      }),
    );
    this.format(0, (x, y, d) => this.fix(x, y, d)); // the place is taken; each mask writes its own
    if (this.version >= 7) this.versionBlocks();
  }

  /** rings draws squares around a centre, from the inside: those of finder and alignment patterns. */
  private rings(cx: number, cy: number, radius: number, dark: boolean[]): void {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) this.fix(cx + dx, cy + dy, dark[Math.max(Math.abs(dx), Math.abs(dy))] ?? false);
    }
  }

  private alignment(): number[] {
    if (this.version === 1) return [];
    const n = Math.floor(this.version / 7) + 2;
    const step = this.version === 32 ? 26 : 2 * Math.ceil((this.version * 4 + 4) / (2 * (n - 1)));
    const rest = Array.from({ length: n - 1 }, (_, i) => this.size - 7 - i * step).reverse();
    return [6, ...rest];
  }

  /** format writes level L and the mask's number, protected by a BCH code, twice. */
  private format(mask: number, set: (x: number, y: number, dark: boolean) => void): void {
    const data = (0b01 << 3) | mask;
    const bits = ((data << 10) | bch(data, 10, 0x537)) ^ 0x5412;
    const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
    const n = this.size;
    for (let i = 0; i < 15; i++) {
      const down = i < 6 ? i : i < 8 ? i + 1 : n - 15 + i; // along column 8
      const left = i < 8 ? n - 1 - i : i === 8 ? 7 : 14 - i; // along row 8
      set(8, down, bit(i));
      set(left, 8, bit(i));
    }
    set(8, n - 8, true);
  }

  private versionBlocks(): void {
    const bits = (this.version << 12) | bch(this.version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >> i) & 1) === 1;
      const far = this.size - 11 + (i % 3);
      const near = Math.floor(i / 3);
      this.fix(far, near, dark);
      this.fix(near, far, dark);
    }
  }
}

/** bch is the remainder of value shifted by degree, divided by a generator. */
function bch(value: number, degree: number, generator: number): number {
  let rest = value;
  for (let i = 0; i < degree; i++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return rest & ((1 << degree) - 1);
}

/** penalty judges how hard a symbol is to read (section 7.8.3): runs, blocks, false finders, too much of one colour. */
function penalty(m: Modules): number {
  const n = m.length;
  const cell = (x: number, y: number): boolean => m[y]?.[x] ?? false;
  let sum = 0;
  let dark = 0;
  for (let y = 0; y < n; y++) {
    sum += line((i) => cell(i, y), n) + line((i) => cell(y, i), n);
    for (let x = 0; x < n; x++) {
      if (cell(x, y)) dark++;
      const same = cell(x, y) === cell(x + 1, y) && cell(x, y) === cell(x, y + 1) && cell(x, y) === cell(x + 1, y + 1);
      if (x < n - 1 && y < n - 1 && same) sum += 3;
    }
  }
  return sum + 10 * Math.floor(Math.abs((dark * 20) / (n * n) - 10));
}

/** line is the penalty of one row or column: runs of five and more, and 1:1:3:1:1 with four light modules on a side. */
function line(cell: (i: number) => boolean, n: number): number {
  let sum = 0;
  let text = "";
  for (let i = 0, run = 0; i < n; i++) {
    run = i > 0 && cell(i) === cell(i - 1) ? run + 1 : 1;
    if (run === 5) sum += 3;
    else if (run > 5) sum += 1;
    text += cell(i) ? "1" : "0";
  }
  for (const finder of ["10111010000", "00001011101"]) {
    for (let i = text.indexOf(finder); i >= 0; i = text.indexOf(finder, i + 1)) sum += 40;
  }
  return sum;
}
