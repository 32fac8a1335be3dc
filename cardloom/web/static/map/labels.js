/* Names on the map: of places while all is in view, of pages as one comes nearer; none over
   another. Which pages to try, and in which order, stands in the map's own files. */

import { clamp } from "./element.js";

const MOST = 70, KEPT = 600;

export class Labels {
  constructor(canvas, graph, clerk) {
    Object.assign(this, { canvas, graph, clerk, placed: [], drawn: new Map(), ink: canvas.getContext("2d") });
  }

  /* Candidates for this view: [x, y, text, size, gap below the point], the ones that matter most first. */
  async candidates(view, shown, radius, order, marked) {
    const { graph, clerk } = this, nodes = [], level = clamp(Math.round(Math.log2(Math.max(view.zoom, 1))), 0, graph.labels.levels.length - 1);
    const last = graph.labels.levels[level] ?? 0;
    // Where all is in view, the ring of pages that nothing links to is not worth a name.
    const alone = (node) => view.zoom < 4 && Math.hypot(graph.at[2 * node], graph.at[2 * node + 1]) > 0.935;
    const seen = (x, y) => view.sx(x) > -20 && view.sx(x) < view.width + 20 && view.sy(y) > -10 && view.sy(y) < view.height + 10;
    const places = view.zoom < 6 ? graph.communities.filter((place) => place.nodes > 11 && place.radius * view.k > 26 && seen(place.x, place.y)).slice(0, 60) : [];
    const leaders = new Set(places.map((place) => place.leader));
    const take = (node) => {
      if (nodes.length < 3 * MOST && shown[node] && !leaders.has(node) && !alone(node) && seen(graph.at[2 * node], graph.at[2 * node + 1])) nodes.push(node);
    };
    for (let i = marked.length - 1; i >= 0; i--) take(marked[i]);
    if (!marked.length) for (let i = 0; i < last && nodes.length < 3 * MOST; i++) take(order[i]);
    await clerk.learn(nodes);
    return [
      ...(marked.length ? [] : places.map((place) => ({ x: place.x, y: place.y, text: clerk.place(place.label), size: Math.max(11, Math.round(clamp(11 + 2.2 * Math.log10(place.nodes), 12, 20) * clamp(view.width / 800, 0.72, 1))), place: true }))),
      ...nodes.map((node) => ({ x: graph.at[2 * node], y: graph.at[2 * node + 1], text: clerk.name(node), size: view.width < 500 ? 11 : 12, gap: radius(node) + 2 })),
    ];
  }

  /* Keeps of the candidates those that fit, in their order. */
  place(view, candidates) {
    const taken = [], kept = [];
    for (const one of candidates) {
      if (kept.length >= MOST || !one.text) continue;
      const drawn = this.draw(one), w = drawn.wide / 2 + 4, h = one.size * 0.75 + (one.place ? 3 : 1);
      const x = view.sx(one.x), y = view.sy(one.y) + (one.place ? 0 : one.gap + one.size * 0.65);
      if (x - w < 2 || x + w > view.width - 2 || y < 8 || y > view.height - 8) continue;
      if (taken.some((box) => Math.abs(box.x - x) < box.w + w && Math.abs(box.y - y) < box.h + h)) continue;
      taken.push({ x, y, w, h });
      kept.push(one);
    }
    this.placed = kept;
  }

  /* A label as a picture of its own: writing it once is many times dearer than copying it. */
  draw({ text, size, place }) {
    const { paper, ink, font, ratio } = this.look, key = `${size} ${place} ${text}`;
    if (this.drawn.has(key)) return this.drawn.get(key);
    if (this.drawn.size > KEPT) this.drawn.clear();
    const letters = [...text.replace(/[\p{Cc}\p{Cf}]/gu, "")], short = letters.length > 34 ? `${letters.slice(0, 32).join("")}…` : letters.join("");
    const style = `${place ? 600 : 450} ${size}px ${font}`;
    this.ink.font = style;
    const wide = Math.ceil(this.ink.measureText(short).width), canvas = document.createElement("canvas");
    canvas.width = Math.ceil((wide + 8) * ratio);
    canvas.height = Math.ceil(size * 1.7 * ratio);
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    Object.assign(ctx, { font: style, textBaseline: "middle", lineJoin: "round", lineWidth: place ? 4 : 3, strokeStyle: paper, fillStyle: ink });
    ctx.globalAlpha = 0.86;
    ctx.strokeText(short, 4, size * 0.85);
    ctx.globalAlpha = 1;
    ctx.fillText(short, 4, size * 0.85);
    const drawn = { canvas, wide, tall: size * 1.7 };
    this.drawn.set(key, drawn);
    return drawn;
  }

  paint(view, ctx = this.ink, dim = 1) {
    ctx.globalAlpha = dim;
    for (const one of this.placed) {
      const drawn = this.draw(one), x = view.sx(one.x) - drawn.wide / 2 - 4;
      const y = view.sy(one.y) - drawn.tall / 2 + (one.place ? 0 : one.gap + one.size * 0.65);
      ctx.drawImage(drawn.canvas, x, y, drawn.canvas.width / this.look.ratio, drawn.tall);
    }
    ctx.globalAlpha = 1;
  }
}
