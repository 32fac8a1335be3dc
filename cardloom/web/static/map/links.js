/* Draws all links of a resting view, a slice at a time, into a picture of sums.

   The links come shuffled, so that the first slice is already a fair picture of all; what is shown
   meanwhile is made as strong as the whole will be. Links much longer than what one looks for are
   sampled: they cover much and say little. */

const SLICE = 9; // milliseconds of drawing that one slice aims at
const FEW = 6_000; // links in view from which on a line is no longer worth an edge of its own
const INK = 40e6; // pixels of lines in one picture; beyond, long links are sampled more

export class Links {
  constructor(painter) {
    this.painter = painter;
    this.room = new ArrayBuffer(1 << 21);
    this.floats = new Float32Array(this.room);
    this.inks = new Uint32Array(this.room);
    this.chunk = 4_000;
  }

  /* Draws until done or until `moved()`; calls `show(gain)` when there is something new worth showing. */
  async draw({ edges, telling, positions, inks, shown, wanted }, view, { scale, moved, show, layer }) {
    const { painter } = this, picture = { width: Math.round(view.width * scale), height: Math.round(view.height * scale) };
    const sums = painter.layer(layer, picture.width, picture.height, true);
    painter.begin(sums);
    const total = edges.length / 2, k = view.k * scale;
    const left = picture.width / 2 - view.x * k, top = picture.height / 2 + view.y * k;
    const job = { edges, positions, inks, shown, wanted, telling, k, left, top, picture, reach: 0.065 * Math.hypot(view.width, view.height) * scale };
    const guess = this.estimate(job, total);
    job.thick = guess.count < FEW;
    job.keep = Math.min(1, INK / Math.max(1, guess.ink));
    const gain = (part) => (painter.deep ? 1 : 16) * 1.6 / (1 + 2.6 * guess.ink / (picture.width * picture.height)) / part;
    let next = 0, told = 0, last = performance.now();
    while (next < total) {
      const to = Math.min(total, next + this.chunk);
      const { vertices } = this.gather(job, next, to);
      next = job.reached;
      if (vertices) {
        painter.begin(sums, false);
        painter.drawLinks(new Uint8Array(this.room, 0, vertices * 16), vertices, picture.width, picture.height, { thick: job.thick, gain: painter.deep ? 1 : 1 / 16 });
      }
      const took = await painter.done();
      if (moved()) return false;
      this.chunk = Math.max(1_000, Math.min(60_000, Math.round(this.chunk * Math.max(0.4, Math.min(2, SLICE / Math.max(1, took))))));
      const part = next / total;
      if (part >= told && performance.now() - last > 120 && part < 1) {
        show(sums, gain(part));
        told = part * 1.8;
        await painter.done();
        last = performance.now();
        if (moved()) return false;
      }
    }
    show(sums, gain(1));
    return true;
  }

  /* How many links are in view and how many pixels they would take, from the first few. */
  estimate(job, total) {
    const sample = Math.min(total, 8_000);
    let count = 0, ink = 0;
    for (let i = 0; i < sample; i++) {
      const one = this.place(job, i);
      if (one) { count++; ink += Math.min(one, job.reach) * 1.0; }
    }
    return { count: count * total / Math.max(1, sample), ink: ink * total / Math.max(1, sample) };
  }

  /* The length of link `i` on the picture, 0 where it is not to be seen; its ends are left in `ends`. */
  place(job, i) {
    const a = job.edges[2 * i], b = job.edges[2 * i + 1];
    if (!(job.shown[a] & job.shown[b]) || (job.wanted && !job.wanted[a] && !job.wanted[b])) return 0;
    const x = job.left + job.positions[2 * a] * job.k, y = job.top - job.positions[2 * a + 1] * job.k;
    const x2 = job.left + job.positions[2 * b] * job.k, y2 = job.top - job.positions[2 * b + 1] * job.k;
    const { width, height } = job.picture;
    if ((x < 0 && x2 < 0) || (y < 0 && y2 < 0) || (x > width && x2 > width) || (y > height && y2 > height)) return 0;
    ends[0] = x; ends[1] = y; ends[2] = x2; ends[3] = y2;
    return Math.hypot(x2 - x, y2 - y);
  }

  gather(job, from, to) {
    const { floats, inks } = this, most = inks.length - 24;
    let at = 0, i = from;
    for (; i < to && at < most; i++) {
      const length = this.place(job, i);
      if (length < 0.7) continue;
      const near = Math.min(1, job.reach / length), chance = Math.min(1, near * job.keep * (job.thick ? 1e9 : 1));
      if (chance < 1 && ((Math.imul(i, 0x9E3779B1) >>> 0) / 4294967296) >= chance) continue;
      const weight = Math.min(255, Math.max(1, Math.round(64 * near / chance * (i < job.telling ? 1 : 0.3)))) << 24;
      const ink = (job.inks[job.edges[2 * i]] & 0xFFFFFF | weight) >>> 0, ink2 = (job.inks[job.edges[2 * i + 1]] & 0xFFFFFF | weight) >>> 0;
      at = job.thick ? strip(floats, inks, at, ...ends, ink, ink2, 2.2, 0.8) : line(floats, inks, at, ink, ink2);
    }
    job.reached = i;
    return { vertices: at / 4 };
  }
}

const ends = [0, 0, 0, 0];

function line(floats, inks, at, ink, ink2) {
  floats[at] = ends[0]; floats[at + 1] = ends[1]; floats[at + 2] = 0; inks[at + 3] = ink;
  floats[at + 4] = ends[2]; floats[at + 5] = ends[3]; floats[at + 6] = 0; inks[at + 7] = ink2;
  return at + 8;
}

/* A strip that narrows from its source to its target: which way a link goes. */
export function strip(floats, inks, at, x, y, x2, y2, ink, ink2, wide, narrow) {
  const length = Math.hypot(x2 - x, y2 - y) || 1, nx = (y - y2) / length, ny = (x2 - x) / length;
  const put = (px, py, half, side, color) => {
    floats[at] = px + nx * half * side; floats[at + 1] = py + ny * half * side; floats[at + 2] = side; inks[at + 3] = color;
    at += 4;
  };
  put(x, y, wide, -1, ink); put(x, y, wide, 1, ink); put(x2, y2, narrow, -1, ink2);
  put(x, y, wide, 1, ink); put(x2, y2, narrow, 1, ink2); put(x2, y2, narrow, -1, ink2);
  return at;
}
