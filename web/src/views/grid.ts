/** How many columns and rows, and the size of each tile in CSS pixels. */
export interface Grid {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

const picture = 16 / 9;

/**
 * grid arranges count tiles in an area so that the pictures are as large as possible. Tiles fill their cell, within
 * bounds: never wider than 16:9, never much taller than wide. With one tile it is the whole area.
 */
export function grid(count: number, areaWidth: number, areaHeight: number, gap: number): Grid {
  const whole = { columns: 1, rows: 1, width: areaWidth, height: areaHeight };
  if (count <= 1 || areaWidth <= 0 || areaHeight <= 0) return whole;
  let best = whole;
  let bestScore = -1;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (areaWidth - gap * (columns - 1)) / columns;
    const cellHeight = (areaHeight - gap * (rows - 1)) / rows;
    const width = Math.floor(Math.min(cellWidth, cellHeight * picture));
    const height = Math.floor(Math.min(cellHeight, cellWidth * 1.25));
    // width is that of a 16:9 picture; higher tiles are better for phones held upright.
    const score = 0.7 * width + 0.3 * Math.sqrt(width * height);
    if (score <= bestScore) continue;
    bestScore = score;
    best = { columns, rows, width, height };
  }
  return best;
}
