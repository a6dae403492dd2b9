import { grid } from "./grid.ts";

/** Where a tile is on the stage, in CSS pixels from its top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What is to be arranged: keys of tiles in their order. */
export interface Arrangement {
  tiles: readonly string[];
  /** The large one; undefined: all have the same size. */
  main: string | undefined;
  /** One's own picture, small, over a corner of the others. */
  corner: string | undefined;
}

const gap = 8;

/**
 * arrange gives each tile its place. Positions are computed, not left to the layout engine, so that a tile that becomes
 * large stays the same element: its picture goes on without a flash.
 */
export function arrange(a: Arrangement, width: number, height: number): Map<string, Box> {
  const boxes = new Map<string, Box>();
  const rest = a.tiles.filter((key) => key !== a.main);
  if (a.main === undefined) {
    place(boxes, rest, { x: 0, y: 0, width, height });
  } else if (rest.length === 0) {
    boxes.set(a.main, { x: 0, y: 0, width, height });
  } else if (width > height * 1.1) {
    const strip = clamp(width * (rest.length > 5 ? 0.3 : 0.2), 150, rest.length > 5 ? 480 : 300);
    boxes.set(a.main, { x: 0, y: 0, width: width - strip - gap, height });
    place(boxes, rest, { x: width - strip, y: 0, width: strip, height });
  } else {
    const strip = clamp(height * (rest.length > 4 ? 0.36 : 0.25), 96, 340);
    boxes.set(a.main, { x: 0, y: 0, width, height: height - strip - gap });
    place(boxes, rest, { x: 0, y: height - strip, width, height: strip });
  }
  if (a.corner !== undefined) boxes.set(a.corner, corner(boxes.get(a.main ?? "") ?? { x: 0, y: 0, width, height }));
  return boxes;
}

/** place puts tiles in rows into an area, in the middle of it, the last row too. */
function place(boxes: Map<string, Box>, keys: readonly string[], area: Box): void {
  const g = grid(keys.length, area.width, area.height, gap);
  const top = area.y + (area.height - g.rows * g.height - (g.rows - 1) * gap) / 2;
  keys.forEach((key, i) => {
    const row = Math.floor(i / g.columns);
    const inRow = Math.min(g.columns, keys.length - row * g.columns);
    const left = area.x + (area.width - inRow * g.width - (inRow - 1) * gap) / 2;
    boxes.set(key, {
      x: Math.round(left + (i % g.columns) * (g.width + gap)),
      y: Math.round(top + row * (g.height + gap)),
      width: g.width,
      height: g.height,
    });
  });
}

/** corner is bottom right on wide areas; top left on high ones, where the lower part is for hands and buttons. */
function corner(area: Box): Box {
  const wide = area.width > area.height;
  const width = Math.round(clamp(area.width * (wide ? 0.2 : 0.3), 104, 280));
  const height = Math.round(wide ? (width * 9) / 16 : (width * 4) / 3);
  const margin = 12;
  return {
    x: Math.round(wide ? area.x + area.width - width - margin : area.x + margin),
    y: Math.round(wide ? area.y + area.height - height - margin : area.y + margin),
    width,
    height,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
