/* Where one looks: the middle of the picture on the map, and how many pixels one unit of it takes.
   The map's y points up, the screen's down. */

import { clamp } from "./element.js";

export const MARGIN = 0.2; // of the view, on each side: what is drawn more, so that moving shows no bare edge at once
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class View {
  constructor(moved) {
    Object.assign(this, { x: 0, y: 0, k: 1, k0: 1, width: 0, height: 0, ratio: 1, fitted: true, moved });
  }

  bound(positions) {
    this.box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < positions.length; i++) {
      this.box[i & 1] = Math.min(this.box[i & 1], positions[i]);
      this.box[2 + (i & 1)] = Math.max(this.box[2 + (i & 1)], positions[i]);
    }
  }

  resize(width, height, ratio) {
    Object.assign(this, { width, height, ratio });
    const [left, low, right, high] = this.box;
    this.k0 = Math.min((width - 56) / Math.max(right - left, 0.1), (height - 64) / Math.max(high - low, 0.1));
    if (this.fitted) this.set(this.whole(), true); else this.moved();
  }

  whole() {
    const [left, low, right, high] = this.box;
    return { x: (left + right) / 2, y: (low + high) / 2, k: this.k0 };
  }

  get zoom() { return this.k / this.k0; }
  sx(x) { return (x - this.x) * this.k + this.width / 2; }
  sy(y) { return (this.y - y) * this.k + this.height / 2; }
  wx(x) { return (x - this.width / 2) / this.k + this.x; }
  wy(y) { return this.y - (y - this.height / 2) / this.k; }

  set({ x, y, k }, fitted = false) {
    Object.assign(this, { x: clamp(x, -3, 3), y: clamp(y, -3, 3), k: clamp(k, this.k0 / 3, this.k0 * 4000), fitted });
    this.moved();
  }

  /* Goes to a view in 180 ms, or at once for those who want less motion. */
  travel(to, fitted = false) {
    const from = { x: this.x, y: this.y, k: this.k }, began = performance.now();
    this.goal = to;
    const step = () => {
      if (this.goal !== to) return;
      const part = calm.matches ? 1 : Math.min(1, (performance.now() - began) / 180), eased = part * (2 - part);
      const mix = (key) => from[key] + (to[key] - from[key]) * eased;
      this.set({ x: mix("x"), y: mix("y"), k: from.k * (to.k / from.k) ** eased }, fitted && part === 1);
      if (part < 1) requestAnimationFrame(step); else this.goal = null;
    };
    step();
  }

  fit() { this.travel(this.whole(), true); }

  pan(dx, dy) {
    this.goal = null;
    this.set({ x: this.x - dx / this.k, y: this.y + dy / this.k, k: this.k });
  }

  /* Zooms about a point of the screen, the middle if none is given. */
  zoomBy(factor, [x, y] = [this.width / 2, this.height / 2], now = false) {
    const from = this.goal ?? this, k = clamp(from.k * factor, this.k0 / 3, this.k0 * 4000);
    const keep = 1 / from.k - 1 / k;
    const to = { x: from.x + (x - this.width / 2) * keep, y: from.y - (y - this.height / 2) * keep, k };
    this.goal = null;
    if (now) this.set(to); else this.travel(to);
  }

  show(x, y, zoom) { this.travel({ x, y, k: Math.max(this.k, this.k0 * zoom) }); }
}

/* The view as it is now, and `margin` more on each side: what is drawn of it may be moved a little. */
export function widened({ x, y, k, width, height, ratio }, margin = MARGIN) {
  const wide = width * (1 + 2 * margin), tall = height * (1 + 2 * margin);
  return { x, y, k, ratio, width: wide, height: tall, sx: (at) => (at - x) * k + wide / 2, sy: (at) => (y - at) * k + tall / 2 };
}
