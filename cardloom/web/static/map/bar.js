/* The bar above the map: search, what colours and sizes mean, which links, and acts on the whole. */

import { button, el, thousands } from "./element.js";

const LINKS = [["main", "Links that tell"], ["all", "All links"], ["selection", "Of the selection"], ["none", "No links"]];
const HITS = 12;

export class Bar {
  constructor(viewer) {
    this.viewer = viewer;
    const { graph, figure } = viewer, numbers = graph.columns.filter((column) => column.kind === "number" && (column.max ?? 0) > 0);
    const pick = (label, entries, chosen, act) => {
      const select = el("select", { "aria-label": label }, ...entries.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
      select.addEventListener("change", () => act(select.value));
      return select;
    };
    this.search = el("input", { type: "search", placeholder: "Find a page", "aria-label": "Find a page by title or address", autocomplete: "off" });
    this.hits = el("ul", { class: "graph-hits", "aria-label": "Pages found", hidden: true });
    this.color = pick("Colour by", graph.columns.filter((column) => column.kind !== "text").map((column) => [column.name, column.label]), graph.color_by, (name) => viewer.colorBy(name));
    this.size = pick("Size by", numbers.map((column) => [column.name, column.label]), graph.size_by, (name) => viewer.sizeBy(name));
    this.links = pick("Links", LINKS, "main", (mode) => viewer.linksBy(mode));
    this.zoomed = el("output", { class: "graph-zoom", "aria-label": "Zoom" }, "100 %");
    this.filter = button("Filter", () => viewer.toggleFilters(), { "aria-expanded": "false" });
    this.lasso = button("Lasso", () => viewer.toggleLasso(), { "aria-pressed": "false", title: "Draw around pages to take them (or hold Shift and drag)" });
    const icon = (label, text, act) => button(text, act, { "aria-label": label, title: label });
    const labelled = (text, select) => el("label", {}, el("span", {}, `${text} `), select);
    const zoom = el("div", { class: "graph-buttons", role: "group", "aria-label": "Zoom" }, icon("Zoom out", "−", () => viewer.view.zoomBy(1 / 1.5)), this.zoomed,
      icon("Zoom in", "+", () => viewer.view.zoomBy(1.5)), icon("Fit all pages in", "Fit", () => viewer.view.fit()));
    const whole = document.fullscreenEnabled ? [icon("Show on the full screen", "Full screen", () => document.fullscreenElement ? document.exitFullscreen() : viewer.body.requestFullscreen())] : [];
    this.window = figure.dataset.window ? el("a", { class: "graph-window", href: figure.dataset.window }, "Whole window") : null;
    this.element = el("div", { class: "graph-bar" }, el("div", { class: "graph-find" }, this.search, this.hits),
      labelled("Colour", this.color), labelled("Size", this.size), labelled("Links", this.links),
      el("div", { class: "graph-buttons" }, this.filter, this.lasso, this.menu(), ...whole), zoom, ...(this.window ? [this.window] : []));
    this.listen();
  }

  /* The window of its own opens at the same moment. */
  leadTo(moment) { if (this.window) this.window.href = `${this.viewer.figure.dataset.window}${moment ? `#${moment}` : ""}`; }

  /* What is of use where there is no picture. */
  plain() { this.element.replaceChildren(this.search.parentNode, button("Table (CSV)", () => this.viewer.save("csv"))); }

  menu() {
    const { viewer } = this, close = (act) => () => { menu.open = false; viewer.save(act); };
    const menu = el("details", { class: "graph-menu" }, el("summary", {}, "Save"), el("div", {},
      button("Picture to print (PNG)", close("png")), button("Drawing (SVG)", close("svg")), button("Table (CSV)", close("csv")), button("For Gephi (GEXF)", close("gexf")),
      el("small", {}, "Tables and graphs hold the selection, or all pages shown.")));
    return menu;
  }

  listen() {
    const { search, hits } = this;
    search.addEventListener("input", () => { this.searched = this.find(); });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.searched?.then(() => hits.hidden || hits.querySelector("button")?.click()); // never a hit of other words
      if (event.key === "ArrowDown") hits.querySelector("button")?.focus();
      if (event.key === "Escape") { hits.hidden = true; search.blur(); this.viewer.surface.focus(); }
      if (event.key === "Enter" || event.key === "ArrowDown") event.preventDefault();
    });
    hits.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], all = [...hits.querySelectorAll("button")];
      if (!step) return;
      event.preventDefault();
      (all[all.indexOf(document.activeElement) + step] ?? search).focus();
    });
    this.viewer.body.addEventListener("focusout", (event) => { if (!event.relatedTarget?.closest(".graph-find")) hits.hidden = true; });
  }

  /* Typing shows the pages whose title or address has all the words, the most important first. */
  async find() {
    const { viewer, search, hits } = this, query = search.value.trim();
    if (!query) { hits.hidden = true; return; }
    const answer = await viewer.clerk.ask("search", { query });
    if (search.value.trim() !== query) return;
    const nodes = [...answer.hits].slice(0, HITS), { clerk } = viewer;
    await clerk.learn(nodes);
    const jump = (node) => { hits.hidden = true; viewer.choice.page(node, true); viewer.surface.focus({ preventScroll: true }); };
    const many = `${answer.whole ? "" : "at least "}${thousands(answer.found)} page${answer.found === 1 ? "" : "s"} found`;
    hits.replaceChildren(...nodes.map((node) => el("li", {}, button(el("span", {}, clerk.name(node)), () => jump(node)))));
    [...hits.children].forEach((item, i) => item.firstChild.append(el("small", { dir: "ltr" }, clerk.line(nodes[i]).url)));
    if (answer.found > 1) hits.append(el("li", {}, button(`Light up ${many.replace(" found", "")}`, async () => {
      hits.hidden = true;
      const all = [];
      (await viewer.clerk.ask("mark", { query })).forEach((mark, node) => { if (mark) all.push(node); });
      viewer.choice.set(all, `“${query.slice(0, 60)}”`, `${thousands(all.length)} pages found`);
    }, { class: "graph-link" })));
    hits.hidden = !answer.found;
    viewer.say(many);
  }
}
