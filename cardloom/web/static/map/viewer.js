/* One map in its figure: puts picture, bar, panel, filters and table together, and holds what is
   chosen. In a window of its own it also keeps the moment in the address. */

import { readIds, readMoment, writeMoment } from "./address.js";
import { Clerk } from "./asking.js";
import { Bar } from "./bar.js";
import { rgb } from "./colors.js";
import { openGraph } from "./data.js";
import { NoPicture } from "./draw.js";
import { count, el, thousands } from "./element.js";
import { saveCsv, saveGexf, savePng, saveSvg } from "./export.js";
import { Filters } from "./filters.js";
import { listen } from "./hands.js";
import { legendOf } from "./legend.js";
import { Panel } from "./panel.js";
import { Picture, ascending } from "./picture.js";
import { tableOf } from "./table.js";

export class Viewer {
  constructor(figure) {
    this.figure = figure;
    this.folder = figure.dataset.graph;
    this.full = figure.dataset.full !== undefined;
    this.ended = new AbortController(); // ends the fetches and every listener at once
    this.selected = this.hovered = this.start = null;
    this.marked = [];
    this.body = el("div", { class: "graph-body" }, el("p", { class: "graph-note", role: "status" }, "Loading the map …"));
    figure.prepend(this.body);
    this.opened = this.open().catch((error) => {
      if (!this.ended.signal.aborted) this.note(`The map can't be shown: ${error.message}`, "alert");
    });
  }

  note(text, role = "status") { this.body.replaceChildren(el("p", { class: "graph-note", role }, text)); }

  async open() {
    const graph = this.graph = await openGraph(this.folder, this.ended.signal);
    if (!graph.nodes) return this.note("There are no pages on this map yet.");
    this.clerk = new Clerk(graph);
    this.clerk.opened.catch((error) => this.note(`The map can't be shown: ${error.message}`, "alert"));
    this.filters = new Filters(graph, this.clerk, (marks) => { this.picture?.filter(marks); this.filtered = marks; });
    this.build();
    try {
      this.picture = new Picture(this.canvas, this.overlay, graph, this.clerk, { moved: () => this.moved(), rested: () => this.remember(), complete: () => this.body.dispatchEvent(new CustomEvent("map:complete")) });
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      return this.withoutPicture(error.message);
    }
    const moment = this.full ? readMoment(location.hash, graph.nodes) : {};
    const color = [moment.color, graph.color_by].find((name) => graph.named(name) && graph.named(name).kind !== "text");
    const [values] = await Promise.all([graph.column(color), this.picture.load()]);
    this.view = this.picture.view;
    this.color = color;
    this.bar.color.value = color;
    this.look();
    this.paintColors(values);
    this.watch();
    listen(this);
    this.picture.loadLinks().catch((error) => { if (!this.ended.signal.aborted) this.note(`The map can't be shown: ${error.message}`, "alert"); });
    await this.recall(moment);
    this.body.dataset.ready = "yes";
    return null;
  }

  async withoutPicture(why) {
    this.graph.at = null;
    this.share = Float32Array.from(await this.graph.column(this.graph.size_by));
    this.stage.replaceChildren(el("p", { class: "graph-note", role: "status" }, `${why} The pages are in the table below.`));
    this.table.open = true;
    this.panel.overview();
    return null;
  }

  build() {
    const { graph } = this;
    this.canvas = el("canvas", { tabindex: 0, role: "application", class: "graph-picture", "aria-label":
      `Map of ${count(graph.nodes, "page")} and ${count(graph.links, "link")}. Arrow keys move, plus and minus zoom, 0 shows all, `
      + "slash searches, Enter selects the page nearest the middle, Escape lets go. The table below has the same pages." });
    this.overlay = el("canvas", { class: "graph-overlay", "aria-hidden": "true" });
    this.tip = el("div", { class: "graph-tip", "aria-hidden": "true", hidden: true });
    this.stage = el("div", { class: "graph-stage" }, this.canvas, this.overlay, this.tip);
    this.panel = new Panel(this);
    this.bar = new Bar(this);
    this.side = el("div", { class: "graph-side" }, this.panel.body);
    this.legend = el("ul", { class: "graph-legend", "aria-label": "Legend" });
    this.said = el("p", { class: "graph-said", role: "status" });
    this.table = tableOf(this);
    this.body.replaceChildren(this.bar.element, el("div", { class: "graph-main" }, this.stage, this.side), this.legend, this.table, this.said);
  }

  say(text) { this.said.textContent = text; }

  watch() {
    this.watcher = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.stage;
      if (clientWidth && clientHeight) this.picture.resize(clientWidth, clientHeight, window.devicePixelRatio || 1);
    });
    this.watcher.observe(this.stage);
    this.picture.resize(this.stage.clientWidth, this.stage.clientHeight, window.devicePixelRatio || 1);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.themed(), { signal: this.ended.signal });
    if (this.full) window.addEventListener("popstate", () => this.recall(readMoment(location.hash, this.graph.nodes)), { signal: this.ended.signal });
    this.panel.overview();
  }

  /* The colours of the page as it is now, light or dark, in whatever form they were written. */
  look() {
    const style = getComputedStyle(this.canvas), pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const seen = (color) => { pixel.fillStyle = color; pixel.fillRect(0, 0, 1, 1); return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)]; };
    const hex = (color) => `#${seen(color).map((one) => one.toString(16).padStart(2, "0")).join("")}`;
    const [paper, ink, accent] = [style.backgroundColor, style.color, style.outlineColor].map(hex), [r, g, b] = rgb(paper);
    const packed = (color) => { const [red, green, blue] = rgb(color); return (blue << 16 | green << 8 | red) >>> 0; };
    this.picture.style({ paper, ink, accent, font: style.fontFamily, dark: r * 0.3 + g * 0.6 + b * 0.1 < 128, paperRgb: [r / 255, g / 255, b / 255],
      packed: { accent: packed(accent), soft: packed(ink) } });
  }

  async themed() {
    if (!this.picture) return;
    this.look();
    this.paintColors(await this.graph.column(this.color));
    this.picture.rest();
  }

  paintColors(values) {
    const column = this.graph.named(this.color), colors = this.picture.colorBy(column, values);
    const legend = legendOf(column, colors, (name, rule) => this.filters.only(name, rule));
    if (!this.filters.said) this.filterPart = this.filters.build(); // its counts are kept from the start
    this.legend.replaceWith(legend);
    this.legend = legend;
  }

  async colorBy(name) {
    const values = await this.graph.column(name);
    this.color = this.bar.color.value = name;
    this.paintColors(values);
    this.remember();
  }

  async sizeBy(name) {
    const values = await this.graph.column(name);
    this.bar.size.value = name;
    this.picture.sizeBy(values, this.graph.named(name));
    this.remember();
  }

  linksBy(mode) {
    this.bar.links.value = mode;
    this.picture.linkMode = mode;
    this.picture.refresh();
    this.remember();
  }

  moved() { this.bar.zoomed.value = `${thousands(Math.round(100 * this.view.zoom))} %`; }

  toggleFilters() {
    const open = this.bar.filter.getAttribute("aria-expanded") !== "true";
    this.bar.filter.setAttribute("aria-expanded", String(open));
    this.side.replaceChildren(...(open ? [this.filterPart] : []), this.panel.body);
  }

  toggleLasso() {
    this.lassoing = !this.lassoing;
    this.bar.lasso.setAttribute("aria-pressed", String(this.lassoing));
    this.canvas.classList.toggle("graph-lassoing", this.lassoing);
  }

  // ── what is chosen ──

  leading(many) {
    this.rank ??= ascending(this.picture?.share ?? this.share).reverse();
    return [...this.rank.subarray(0, many)];
  }

  byImportance(nodes) {
    const share = this.picture?.share ?? this.share;
    return [...nodes].sort((a, b) => share[b] - share[a] || a - b);
  }

  linksOf(node) { return this.clerk.ask("neighbours", { node }); }

  /* Every attribute of one page, as label and text. */
  async row(node) {
    const { graph } = this;
    return Promise.all(graph.columns.map(async (column) => {
      if (column.kind === "text") return [column.label, (await this.clerk.ask("cells", { column: column.name, nodes: [node] }))[0] || "none"];
      return [column.label, graph.tell(column, (await graph.column(column.name))[node])];
    }));
  }

  async hover(node) {
    if (node === this.hovered) return;
    this.hovered = this.picture.hovered = node;
    this.canvas.classList.toggle("graph-over", node !== null);
    this.picture.draw();
    if (node === null) { this.tip.hidden = true; return; }
    await this.clerk.learn([node]);
    if (node !== this.hovered) return;
    const { clerk, graph, view, tip } = this, { url, title } = clerk.line(node);
    const facts = ["status", "inlinks", "outlinks", "depth"].filter((name) => graph.values.has(name) || graph.named(name)).map(async (name) => [name, (await graph.column(name))[node]]);
    const told = (await Promise.all(facts)).map(([name, value]) => { const column = graph.named(name);
      return { status: graph.known(column, value) ? `status ${value}` : "no status", inlinks: `${count(value, "link")} in`, outlinks: `${count(value, "link")} out`, depth: graph.known(column, value) ? `depth ${value}` : "" }[name]; });
    if (node !== this.hovered) return;
    tip.replaceChildren(el("strong", {}, title || "(no title)"), el("span", {}, url), el("span", {}, told.filter(Boolean).join(" · ")));
    tip.hidden = false;
    const gap = this.picture.radius(node) + 8, x = view.sx(graph.at[2 * node]), y = view.sy(graph.at[2 * node + 1]), above = y + gap + tip.offsetHeight > view.height;
    tip.style.left = `${Math.max(4, Math.min(x - tip.offsetWidth / 2, view.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${above ? Math.max(4, y - gap - tip.offsetHeight) : y + gap}px`;
  }

  /* Selects a page (null: none) and shows its links; `go` also travels there. */
  async choose(node, go = false, noted = true) {
    this.hover(null);
    this.selected = node;
    if (this.picture) this.picture.selected = node;
    if (node === null) { this.marked = []; this.picture?.mark([]); this.panel.overview(); this.linked(); return this.remember(true); }
    const links = await this.linksOf(node);
    if (this.selected !== node) return null;
    this.marked = [...new Set([...links.in, ...links.out, node])];
    this.picture?.mark(this.marked, [...[...links.out].map((other) => [node, other, "out"]), ...[...links.in].map((other) => [other, node, "in"])]);
    this.linked();
    const told = this.panel.page(node);
    if (go) this.travel(node);
    if (noted) this.remember(true);
    await told;
    return this.say(`Selected ${this.clerk.name(node)}`);
  }

  travel(node) { if (this.picture) this.view.show(this.graph.at[2 * node], this.graph.at[2 * node + 1], 2.5); }

  /* Lights up a set of pages. */
  show(nodes, title, sentence) {
    if (!nodes.length) return;
    this.selected = this.start = null;
    this.marked = nodes;
    if (this.picture) { this.picture.selected = null; this.picture.mark(this.byImportance(nodes).reverse()); }
    this.linked();
    this.panel.set(nodes, title, sentence);
    this.say(`${title}: ${count(nodes.length, "page")}`);
    this.remember(true);
  }

  showIds(text) { const ids = readIds(text, this.graph?.nodes ?? 0); this.show(ids, count(ids.length, "page")); }

  taken(polygon) {
    if (this.lassoing) this.toggleLasso();
    this.picture.nearest(0, 0, 0); // the grid is made when it is first asked
    const nodes = this.picture.grid.inside(polygon, this.picture.shown);
    this.picture.draw();
    if (nodes.length) this.show(nodes, "Inside the lasso");
  }

  async path(from, to) {
    const way = await this.clerk.ask("path", { from, to });
    this.start = null;
    this.selected = null;
    if (this.picture) this.picture.selected = null;
    this.marked = way ?? [from, to];
    this.picture?.mark(this.marked, (way ?? []).slice(1).map((node, i) => [way[i], node, "way"]));
    this.panel.way(way, from, to);
    this.say(way ? `A path of ${count(way.length - 1, "click")}` : "There is no path.");
  }

  linked() { if (this.picture?.linkMode === "selection") this.picture.refresh(); }

  // ── the moment, and what one takes along ──

  remember(step = false) {
    if (!this.full || !this.view || this.recalling) return;
    const { graph } = this, told = writeMoment({ view: this.view, color: this.color === graph.color_by ? "" : this.color, size: this.bar.size.value === graph.size_by ? "" : this.bar.size.value,
      links: this.bar.links.value === "main" ? "" : this.bar.links.value, selected: this.selected, ids: this.selected === null ? this.marked : [], query: this.filters.words });
    const place = `${location.pathname}${location.search}${told ? `#${told}` : ""}`;
    if (place === `${location.pathname}${location.search}${location.hash}`) return;
    history[step ? "pushState" : "replaceState"](null, "", place);
  }

  async recall(moment) {
    if (!this.full) return;
    this.recalling = true;
    if (moment.at) this.view.set({ x: moment.at[0], y: moment.at[1], k: this.view.k0 * moment.at[2] }); else this.view.set(this.view.whole(), true);
    const { graph } = this, color = graph.named(moment.color) ? moment.color : graph.color_by;
    if (color !== this.color) await this.colorBy(color);
    const size = graph.named(moment.size)?.kind === "number" ? moment.size : graph.size_by;
    if (size !== this.bar.size.value) await this.sizeBy(size);
    const links = ["all", "selection", "none"].includes(moment.links) ? moment.links : "main";
    if (links !== this.bar.links.value) this.linksBy(links);
    if (moment.query !== this.filters.words) await this.filters.say(moment.query);
    if (moment.selected !== null) await this.choose(moment.selected);
    else if (moment.ids.length) this.show(moment.ids, count(moment.ids.length, "page"));
    else if (this.selected !== null || this.marked.length) await this.choose(null);
    this.recalling = false;
  }

  async save(act) {
    const { graph, picture, clerk } = this, name = "map", shown = this.filtered;
    const nodes = this.marked.length ? this.marked : Array.from({ length: graph.nodes }, (_, node) => node).filter((node) => !shown || shown[node]);
    this.say("Making the file …");
    try {
      if (act === "csv") await saveCsv(graph, clerk, nodes, name);
      else if (act === "png") await savePng(picture, name);
      else if (act === "svg") await saveSvg(picture, clerk, this.marked, name);
      else await saveGexf(picture, clerk, nodes, name);
      this.say("The file is saved.");
    } catch (error) {
      this.say(`The file could not be made: ${error.message}`);
    }
  }

  close() {
    this.ended.abort();
    this.watcher?.disconnect();
    this.picture?.close();
    this.clerk?.close();
    this.body.remove();
  }
}
