/* Which pages lie where: a grid of cells over the map, so that a pointer or a lasso asks few pages. */

const CELLS = 256;
const cell = (value) => Math.min(CELLS - 1, Math.max(0, Math.floor((value + 1) / 2 * CELLS)));

export class Grid {
  constructor(positions) {
    const nodes = positions.length / 2, of = new Uint16Array(nodes);
    this.positions = positions;
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    for (let node = 0; node < nodes; node++) {
      of[node] = cell(positions[2 * node + 1]) * CELLS + cell(positions[2 * node]);
      this.starts[of[node] + 1]++;
    }
    for (let i = 0; i < CELLS * CELLS; i++) this.starts[i + 1] += this.starts[i];
    const next = this.starts.slice();
    this.nodes = new Uint32Array(nodes);
    for (let node = 0; node < nodes; node++) this.nodes[next[of[node]]++] = node;
  }

  /* Calls `see` with every node in cells that touch the box. */
  within(left, low, right, high, see) {
    for (let row = cell(low); row <= cell(high); row++) {
      const from = this.starts[row * CELLS + cell(left)], to = this.starts[row * CELLS + cell(right) + 1];
      for (let i = from; i < to; i++) see(this.nodes[i]);
    }
  }

  /* The node whose disc is nearest a point of the screen, within `reach` pixels; null if none. */
  nearest(view, x, y, reach, radius, shown) {
    const far = (reach + 40) / view.k, wx = view.wx(x), wy = view.wy(y);
    let best = null, least = reach;
    this.within(wx - far, wy - far, wx + far, wy + far, (node) => {
      if (!shown[node]) return;
      const gap = Math.hypot(view.sx(this.positions[2 * node]) - x, view.sy(this.positions[2 * node + 1]) - y) - radius(node);
      if (gap < least) [best, least] = [node, gap];
    });
    return best;
  }

  /* The shown nodes inside a polygon of map coordinates [[x, y], …]. */
  inside(polygon, shown) {
    const found = [], xs = polygon.map(([x]) => x), ys = polygon.map(([, y]) => y);
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    this.within(...box, (node) => {
      if (shown[node] && contains(polygon, this.positions[2 * node], this.positions[2 * node + 1])) found.push(node);
    });
    return found.sort((a, b) => a - b);
  }
}

function contains(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
