/* The picture of one graph on its two canvases: what is drawn when, so that moving is cheap, resting
   draws everything, and idling costs nothing. It knows no buttons and no words but labels. */

import { colored } from "./colors.js";
import { ascending } from "./data.js";
import { Painter } from "./draw.js";
import { clamp } from "./element.js";
import { Labels } from "./labels.js";
import { Links, strip } from "./links.js";
import { paintOver } from "./over.js";
import { Grid } from "./pick.js";
import { MARGIN, View, widened } from "./view.js";

const REST = 90; // milliseconds without a move until the view rests
const SHARP = 6_000; // points drawn in each frame by a machine without a GPU
const STAR = 20_000; // links of the selection drawn at once

export class Picture {
  constructor(overlay, graph, clerk, tell) {
    Object.assign(this, { graph, clerk, tell, ended: false, turn: 0, moves: 0, named: 0, stale: true });
    this.complete = false; // whether all links of this very view are drawn
    const { screen, canvas } = this.painter = new Painter();
    this.canvas = canvas;
    this.labels = new Labels(overlay, graph, clerk);
    this.links = new Links(this.painter);
    this.view = new View(() => this.moved());
    this.marked = []; // the pages lit up: selected with its neighbours, a lasso's, a finding's
    this.lines = []; // pairs of nodes joined over the ground, with a colour
    this.linkMode = "main";
    screen.addEventListener("webglcontextlost", (event) => {
      if (this.ended) return; // given back on purpose
      event.preventDefault();
      this.lost = true;
      tell.lost();
    });
    screen.addEventListener("webglcontextrestored", () => tell.found());
  }

  async load() {
    const { graph, painter } = this, size = graph.named(graph.size_by);
    const [at, values, order] = await Promise.all([graph.numbers(graph.positions, graph.nodes), graph.column(size.name), graph.numbers(graph.labels, graph.nodes)]);
    graph.at = at;
    this.labelOrder = order;
    this.shown = new Uint8Array(graph.nodes).fill(1);
    this.sharp = painter.soft ? Math.min(SHARP, graph.nodes) : graph.nodes;
    this.points = painter.pointSet();
    this.lit = painter.pointSet();
    this.view.bound(at);
    this.sizeBy(values, size);
    return this;
  }

  /* The links come after the first picture, which does not wait for them. */
  async loadLinks() {
    this.edges = await this.graph.numbers(this.graph.edges, this.graph.links);
    this.refresh();
  }

  sizeBy(values, column) {
    const { graph } = this, most = Math.max(column.max ?? 1, 1e-12), least = Math.min(column.min ?? 0, 0);
    this.share = Float32Array.from(values, (value) => graph.known(column, value) ? Math.sqrt(Math.max(0, value - least) / (most - least || 1)) : 0);
    this.order = ascending(this.share);
    this.painter.fill(this.points, { at: pairs(graph.at, this.order), size: this.share.length ? Float32Array.from(this.order, (node) => this.share[node]) : this.share });
    if (this.inks) this.ink();
    this.refresh();
  }

  colorBy(column, values) {
    this.colors = colored(this.graph, column, values, this.look.dark);
    this.inks = this.colors.of;
    this.ink();
    this.refresh();
    return this.colors;
  }

  filter(shown) {
    this.shown = shown;
    this.ink();
    this.refresh();
    this.rest();
  }

  ink() {
    const { inks, shown } = this;
    this.painter.fill(this.points, { ink: Uint32Array.from(this.order, (node) => shown[node] ? inks[node] : 0) });
    this.light();
  }

  /* Lights up these pages and dims the rest; `lines` are pairs [a, b, "out" | "in" | "way"]. */
  mark(nodes, lines = []) {
    this.marked = nodes;
    this.lines = lines.slice(0, STAR);
    this.light();
    if (this.linkMode === "selection") this.refresh();
    this.rest();
  }

  light() {
    if (!this.marked.length || !this.inks) return;
    const nodes = this.marked;
    this.painter.fill(this.lit, { at: pairs(this.graph.at, nodes), size: Float32Array.from(nodes, (node) => this.share[node]),
      ink: Uint32Array.from(nodes, (node) => this.inks[node]) });
  }

  keyed() { return this.tell.keyed(); }

  style(look) {
    this.look = look;
    this.labels.look = { ...look, ratio: this.view.ratio };
    this.labels.drawn.clear();
  }

  resize(width, height, ratio) {
    if (!width || !height) return;
    const { canvas, labels: { canvas: overlay } } = this, wide = 1 + 2 * MARGIN;
    this.painter.resize(Math.round(width * wide * ratio), Math.round(height * wide * ratio));
    Object.assign(overlay, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    Object.assign(canvas.style, { left: `${-MARGIN * width}px`, top: `${-MARGIN * height}px`, width: `${width * wide}px`, height: `${height * wide}px` });
    this.labels.look = { ...this.look, ratio };
    this.labels.drawn.clear();
    this.ground = null;
    this.stale = true;
    this.view.resize(width, height, ratio);
    if (this.inks) this.show();
  }

  radii() {
    const { view } = this, near = clamp(Math.sqrt(view.zoom), 0.75, 6), room = Math.sqrt(view.width * view.height / Math.max(this.graph.nodes, 1));
    return { least: Math.min(5, clamp(0.13 * room, 0.55, 2.4) * near), most: clamp(0.9 * room, 5.5, 11) * Math.min(near, 2.5) };
  }

  radius(node) {
    const { least, most } = this.radii();
    return least + most * this.share[node];
  }

  grid() { return this.cells ??= new Grid(this.graph.at); } // made when it is first asked

  inside(polygon) { return this.grid().inside(polygon, this.shown); }

  nearest(x, y, reach) {
    return this.grid().nearest(this.view, x, y, reach, (node) => this.radius(node), this.shown);
  }

  // ── when to draw ──

  moved() {
    this.turn++; // whatever is being drawn for the earlier view is given up
    this.moves++;
    this.moving = true;
    this.complete = false;
    this.tell.moved?.();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { this.moving = false; this.rest(); this.refresh(); this.tell.rested?.(); }, this.ground ? REST : 0);
    this.draw(!this.painter.soft);
  }

  /* Asks for a frame; without `anew` only what lies over the picture has changed. */
  draw(anew = true) {
    this.stale ||= anew;
    if (this.frame || this.ended || !this.inks || !this.view.width) return;
    this.frame = requestAnimationFrame(() => { this.frame = null; this.show(); });
  }

  /* The labels of the resting view. */
  async rest() {
    if (!this.inks || !this.view.width) return;
    const { moves } = this, named = ++this.named, marked = this.marked.length > 1_500 ? [] : this.marked;
    const candidates = await this.labels.candidates(this.view, this.shown, (node) => this.radius(node), this.labelOrder, marked);
    if (moves !== this.moves || named !== this.named || this.ended) return;
    this.labels.place(this.view, candidates);
    this.draw(false);
  }

  refresh() {
    if (this.pending || this.ended) return;
    this.pending = true;
    queueMicrotask(() => { this.pending = false; this.drawAll(); });
  }

  /* The ground for the view as it is now: many points at once, links slice by slice. */
  async drawAll() {
    if (!this.inks || !this.view.width || this.moving || this.ended || this.lost) return;
    const turn = ++this.turn, { view, graph } = this, { ratio } = view;
    const seen = widened(view), moved = () => turn !== this.turn || this.ended || this.lost;
    const few = this.linkMode === "none" || !this.edges;
    if (!this.ground || few) this.present(seen, null, 0);
    this.draw();
    this.complete = few && Boolean(this.edges);
    if (few) return;
    const telling = graph.edges.telling ?? graph.links, main = this.linkMode === "main" && telling > graph.links / 5;
    const wanted = this.linkMode === "selection" ? marksOf(this.marked, graph.nodes) : null;
    const scene = { edges: main ? this.edges.subarray(0, 2 * telling) : this.edges, telling, positions: graph.at, inks: this.inks, shown: this.shown, wanted };
    const whole = await this.links.draw(scene, seen, { scale: Math.min(ratio, 2), moved, layer: "sums",
      show: (sums, gain) => this.present(seen, sums, gain) });
    // A drawing that was given up may end after the one that took its place: it has no say.
    if (turn === this.turn) this.complete = whole;
  }

  present(seen, sums, gain) {
    const { painter } = this, scale = Math.min(seen.ratio, 2);
    this.side = this.side === "even" ? "odd" : "even";
    const ground = painter.layer(this.side, Math.round(seen.width * scale), Math.round(seen.height * scale));
    painter.begin(ground);
    if (sums) painter.drawTone(sums, gain, this.look.dark ? 0.62 : 0.55);
    painter.drawPoints(this.points, seen, this.radii(), 0, this.graph.nodes - this.sharp, { paper: this.look.paperRgb, ratio: scale });
    Object.assign(this, { ground, seen });
    this.draw();
  }

  // ── one frame ──

  show() {
    if (!this.inks || this.ended || this.lost) return;
    if (this.stale || !this.covers()) this.paint();
    const { canvas, view, drawn } = this;
    const x = view.sx(drawn.x) - view.width / 2, y = view.sy(drawn.y) - view.height / 2;
    canvas.style.transform = drawn.x === view.x && drawn.y === view.y && drawn.k === view.k ? "" : `translate(${x}px, ${y}px) scale(${view.k / drawn.k})`;
    paintOver(this);
  }

  /* Whether what was drawn last, moved by the browser, still fills the view: without a GPU that is
     several times cheaper than drawing anew. */
  covers() {
    const { view, drawn } = this, scale = view.k / drawn.k, reach = (0.5 + MARGIN) * scale - 0.5;
    return scale < 1.6 && Math.abs(view.sx(drawn.x) - view.width / 2) <= reach * view.width && Math.abs(view.sy(drawn.y) - view.height / 2) <= reach * view.height;
  }

  paint() {
    const { painter, graph, marked, look } = this, view = this.drawn = widened(this.view);
    this.stale = false;
    const dim = marked.length ? 0.22 : 1;
    painter.begin(null, true, [...look.paperRgb, 1]);
    if (this.ground) painter.drawGround(this.ground, this.seen, view, dim);
    painter.drawPoints(this.points, view, this.radii(), this.ground ? graph.nodes - this.sharp : 0, graph.nodes, { fade: dim, paper: look.paperRgb });
    if (this.lines.length) this.drawLines(view, [this.canvas.width, this.canvas.height]);
    if (marked.length) painter.drawPoints(this.lit, view, this.litRadii(), 0, marked.length, { paper: look.paperRgb });
    painter.show();
  }

  litRadii() {
    const { least, most } = this.radii();
    return { least: Math.max(least, this.marked.length > 3_000 ? 1.2 : 2), most };
  }

  drawLines(view, [width, height]) {
    const room = new ArrayBuffer(this.lines.length * 96), floats = new Float32Array(room), inks = new Uint32Array(room);
    // Many lines from one point must not grow into a blot: thinner and fainter, the more there are.
    const { at } = this.graph, { ratio } = view, { accent, soft } = this.look.packed, many = this.lines.length;
    const alpha = clamp(Math.round(255 * 5 / Math.sqrt(many)), 14, 190) << 24, broad = many > 60 ? 1.3 : 2;
    let end = 0;
    for (const [a, b, kind] of this.lines) {
      const ink = ((kind === "in" ? soft : accent) & 0xFFFFFF | (kind === "way" ? 0xFF000000 : alpha)) >>> 0, wide = (kind === "way" ? 3.2 : broad) * ratio;
      end = strip(floats, inks, end, view.sx(at[2 * a]) * ratio, view.sy(at[2 * a + 1]) * ratio, view.sx(at[2 * b]) * ratio, view.sy(at[2 * b + 1]) * ratio, ink, ink, wide, wide / 3);
    }
    this.painter.drawLinks(new Uint8Array(room), end / 4, width, height, { solid: true, thick: true });
  }

  close() {
    this.ended = true;
    this.turn++;
    clearTimeout(this.resting);
    cancelAnimationFrame(this.frame);
    this.painter.close();
  }
}

function pairs(at, nodes) {
  const taken = new Float32Array(2 * nodes.length);
  for (let i = 0; i < nodes.length; i++) { taken[2 * i] = at[2 * nodes[i]]; taken[2 * i + 1] = at[2 * nodes[i] + 1]; }
  return taken;
}

export function marksOf(nodes, many) {
  const marks = new Uint8Array(many);
  for (const node of nodes) marks[node] = 1;
  return marks;
}
