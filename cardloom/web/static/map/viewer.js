/* One map in its figure: puts picture, bar, panel, filters and table together. */

import { Clerk } from "./asking.js";
import { Bar } from "./bar.js";
import { Choice } from "./choice.js";
import { rgb } from "./colors.js";
import { ascending, openGraph } from "./data.js";
import { NoPicture } from "./draw.js";
import { count, el, thousands } from "./element.js";
import { saveCsv, saveGexf, savePng, saveSvg } from "./export.js";
import { Filters } from "./filters.js";
import { listen } from "./hands.js";
import { legendOf } from "./legend.js";
import { Moment, shown } from "./moment.js";
import { Panel } from "./panel.js";
import { Picture } from "./picture.js";
import { tableOf } from "./table.js";
import { Tip } from "./tip.js";

export class Viewer {
  constructor(figure) {
    this.figure = figure;
    this.folder = figure.dataset.graph;
    this.full = figure.dataset.full !== undefined;
    this.ended = new AbortController(); // ends the fetches and every listener at once
    this.choice = new Choice(this);
    this.moment = new Moment(this);
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
    this.filters = new Filters(graph, this.clerk, (marks) => this.filtered(marks));
    this.build();
    try {
      this.picture = new Picture(this.overlay, graph, this.clerk, { moved: () => this.moved(), keyed: () => this.surface.matches(":focus-visible"), rested: () => this.moment.remember(), lost: () => this.lost(),
        found: () => this.figure.dispatchEvent(new CustomEvent("map:again", { bubbles: true })) });
      this.stage.prepend(this.picture.canvas);
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      return this.withoutPicture(error.message);
    }
    const asked = this.full ? new URLSearchParams(location.hash.slice(1)).get("color") : null, color = shown(graph, asked) ? asked : graph.color_by;
    const [values, rank] = await Promise.all([graph.column(color), graph.column("pagerank"), this.picture.load()]);
    this.rank = rank;
    this.view = this.picture.view;
    this.color = color;
    this.bar.color.value = color;
    this.look();
    this.paintColors(values);
    this.watch();
    listen(this);
    this.picture.loadLinks().catch((error) => { if (!this.ended.signal.aborted) this.note(`The map can't be shown: ${error.message}`, "alert"); });
    if (this.full) await this.moment.recall(); else this.moment.remember();
    this.body.dataset.ready = "yes";
    return null;
  }

  async withoutPicture(why) {
    this.rank = await this.graph.column("pagerank");
    this.bar.plain();
    this.stage.replaceChildren(el("p", { class: "graph-note", role: "status" }, `${why} The pages are in the table below.`));
    this.table.open = true;
    await this.panel.overview();
    this.body.dataset.ready = "yes";
    return null;
  }

  build() {
    const { graph } = this;
    this.surface = el("div", { tabindex: 0, role: "application", class: "graph-surface", "aria-label":
      `Map of ${count(graph.nodes, "page")} and ${count(graph.links, "link")}. Arrow keys move, plus and minus zoom, 0 shows all, `
      + "slash searches, Enter selects the page nearest the middle, Escape lets go. The table below has the same pages." });
    this.overlay = el("canvas", { class: "graph-overlay", "aria-hidden": "true" });
    this.tip = new Tip(this);
    this.stage = el("div", { class: "graph-stage" }, this.overlay, this.surface, this.tip.element);
    this.panel = new Panel(this);
    this.filters.build();
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
    if (this.full) window.addEventListener("popstate", () => this.moment.recall(), { signal: this.ended.signal });
    this.panel.overview();
  }

  /* The colours of the page as it is now, light or dark, in whatever form they were written. */
  look() {
    const style = getComputedStyle(this.stage), pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
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
    if (column.name === "community") for (const entry of colors.entries ?? []) entry.label = this.clerk.place(entry.label);
    const legend = legendOf(column, colors, (rule) => this.filters.only(column.name, rule));
    this.legend.replaceWith(legend.list);
    this.legend = legend.list;
    this.pressed = () => legend.press(this.filters.rules.get(column.name));
    this.pressed();
  }

  /* Filters have changed: `marks` has a 1 for each page that passes. */
  filtered(marks) {
    this.passing = marks;
    this.picture?.filter(marks);
    this.pressed?.();
    this.moment.remember();
  }

  /* The graphics were taken away, by a driver that started anew for instance. */
  lost() {
    this.stage.append(el("p", { class: "graph-note graph-lost", role: "status" }, "The graphics of this machine were interrupted. The map is drawn again as soon as they are back."));
  }

  async colorBy(name) {
    const values = await this.graph.column(name);
    this.color = this.bar.color.value = name;
    this.paintColors(values);
    this.moment.remember();
  }

  async sizeBy(name) {
    const values = await this.graph.column(name);
    this.bar.size.value = name;
    this.picture.sizeBy(values, this.graph.named(name));
    this.moment.remember();
  }

  linksBy(mode) {
    this.bar.links.value = mode;
    this.picture.linkMode = mode;
    this.picture.refresh();
    this.moment.remember();
  }

  moved() { this.bar.zoomed.value = `${thousands(Math.round(100 * this.view.zoom))} %`; }

  toggleFilters() {
    const open = this.bar.filter.getAttribute("aria-expanded") !== "true";
    this.bar.filter.setAttribute("aria-expanded", String(open));
    this.side.replaceChildren(...(open ? [this.filters.part] : []), this.panel.body);
  }

  toggleLasso() {
    this.lassoing = !this.lassoing;
    this.bar.lasso.setAttribute("aria-pressed", String(this.lassoing));
    this.surface.classList.toggle("graph-lassoing", this.lassoing);
  }

  leading(many) {
    this.leaders ??= ascending(this.rank).reverse();
    return [...this.leaders.subarray(0, many)];
  }

  byImportance(nodes) {
    const { rank } = this;
    return [...nodes].sort((a, b) => rank[b] - rank[a] || a - b);
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

  travel(node) { if (this.picture) this.view.show(this.graph.at[2 * node], this.graph.at[2 * node + 1], 2.5); }

  async save(act) {
    const { graph, picture, clerk, passing, choice: { marked } } = this;
    const nodes = marked.length ? marked : Array.from({ length: graph.nodes }, (_, node) => node).filter((node) => !passing || passing[node]);
    this.say("Making the file …");
    try {
      const name = await this.fileName();
      if (act === "csv") await saveCsv(graph, clerk, nodes, name);
      else if (act === "png") await savePng(picture, name);
      else if (act === "svg") await saveSvg(picture, clerk, marked, name);
      else await saveGexf(picture, clerk, nodes, name);
      this.say("The file is saved.");
    } catch (error) {
      this.say(`The file could not be made: ${error.message}`);
    }
  }

  /* The site's host, as a name that no disk refuses. */
  async fileName() {
    const home = this.graph.home ?? this.leading(1)[0];
    await this.clerk.learn([home]);
    try { return `map-${new URL(this.clerk.line(home).url).hostname.replace(/[^\w.-]/g, "")}`; } catch { return "map"; }
  }

  close() {
    this.ended.abort();
    this.watcher?.disconnect();
    this.picture?.close();
    this.clerk?.close();
    this.body.remove();
  }
}
