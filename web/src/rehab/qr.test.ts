import assert from "node:assert/strict";
import { test } from "node:test";
import { qr } from "./qr.ts";

test("a QR code is the one that other programs read", () => {
  // Read back with an independent decoder when this was written.
  const want = [
    "#######.#####.#######",
    "#.....#.##.##.#.....#",
    "#.###.#..###..#.###.#",
    "#.###.#..#.##.#.###.#",
    "#.###.#.#...#.#.###.#",
    "#.....#.#.#...#.....#",
    "#######.#.#.#.#######",
    "........####.........",
    "###..##.#########..##",
    "##.#.#...........##.#",
    "#...#.###.....#.....#",
    "..####....#.#...##.##",
    "..###.#.###...#.....#",
    "........####.##..#..#",
    "#######....###.####.#",
    "#.....#.####.###.#..#",
    "#.###.#..#.#######..#",
    "#.###.#..#......##...",
    "#.###.#.##....#.#.###",
    "#.....#.##..#...##...",
    "#######.###...###...#",
  ];
  assert.deepEqual(qr("gotera").map((row) => row.map((dark) => (dark ? "#" : ".")).join("")), want);
});

test("the smallest version is taken", () => {
  const sides: [bytes: number, side: number][] = [[17, 21], [18, 25], [230, 53], [231, 57], [367, 65], [368, 69], [2953, 177]];
  for (const [bytes, side] of sides) assert.equal(qr("x".repeat(bytes)).length, side, `${bytes} bytes`);
  assert.equal(qr("é".repeat(9)).length, 25); // 18 bytes in UTF-8
  assert.throws(() => qr("x".repeat(2954)), RangeError);
});
