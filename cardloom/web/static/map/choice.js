/* What is chosen on one map: a page with its neighbours, a set of pages, a way from one page to
   another, or nothing. Picture, panel and address follow it. */

import { readIds } from "./address.js";
import { fetched } from "./data.js";
import { count } from "./element.js";

export class Choice {
  constructor(viewer) {
    this.viewer = viewer;
    this.selected = this.start = null; // the page chosen, and the page that a path is to begin at
    this.marked = []; // the pages lit up
    this.told = {}; // how an address names it
  }

  take({ selected = null, marked = [], lines = [], told = {} }) {
    const { picture } = this.viewer;
    Object.assign(this, { selected, marked, told });
    if (picture) { picture.selected = selected; picture.mark(marked, lines); }
    this.viewer.moment.remember(true);
  }

  none() {
    this.viewer.tip.show(null);
    this.take({});
    this.viewer.panel.overview();
  }

  /* Chooses a page, and with `go` travels there. */
  async page(node, go = false) {
    if (node === null) { this.none(); return; }
    const { viewer } = this, turn = this.turn = {};
    viewer.tip.show(null);
    const links = await viewer.linksOf(node);
    if (turn !== this.turn) return;
    const lines = [...[...links.in].map((other) => [other, node, "in"]), ...[...links.out].map((other) => [node, other, "out"])];
    this.take({ selected: node, marked: [...new Set([...links.in, ...links.out, node])], lines, told: { page: node } });
    if (go) viewer.travel(node);
    await viewer.panel.page(node);
    viewer.say(`Selected ${viewer.clerk.name(node)}`);
  }

  /* Lights up a set of pages; `finding` is the name of the finding that they are. */
  set(nodes, title, sentence = "", finding = undefined) {
    if (!nodes.length) return;
    const { viewer } = this;
    this.turn = {};
    this.start = null;
    this.take({ marked: viewer.byImportance(nodes).reverse(), told: finding ? { finding } : { ids: nodes } });
    viewer.panel.set(nodes, title, sentence);
    viewer.say(`${title}: ${count(nodes.length, "page")}`);
  }

  ids(text) {
    const ids = readIds(text, this.viewer.graph?.nodes ?? 0);
    this.set(ids, count(ids.length, "page"));
  }

  inside(polygon) {
    const nodes = this.viewer.picture.inside(polygon);
    if (nodes.length) this.set(nodes, "Inside the lasso");
  }

  /* What the files of the map have found; nothing where they say nothing of it. */
  findings() {
    const { graph } = this.viewer;
    return this.found ??= graph.findings ? fetched(graph.base, graph.findings.file, graph.signal).then((reply) => reply.json())
      .then((told) => told.findings, () => []) : Promise.resolve([]);
  }

  async finding(one) {
    const nodes = await this.viewer.graph.numbers(one.nodes, null);
    this.set([...nodes], one.title, one.sentence, one.name);
  }

  async way(from, to) {
    const { viewer } = this, way = await viewer.clerk.ask("path", { from, to });
    this.turn = {};
    this.start = null;
    this.take({ marked: way ?? [from, to], lines: (way ?? []).slice(1).map((node, i) => [way[i], node, "way"]), told: { way: [from, to] } });
    await viewer.panel.way(way, from, to);
    viewer.say(way ? `A path of ${count(way.length - 1, "click")}` : "There is no path.");
  }
}
