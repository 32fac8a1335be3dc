/* Keeps the moment in the address of a window of the map's own, and takes it from there again:
   back and forward walk through what was chosen. Within a card, the link to the window has it. */

import { readMoment, writeMoment } from "./address.js";

const LINKS = ["all", "selection", "none"];

export class Moment {
  constructor(viewer) { Object.assign(this, { viewer, recalling: false }); }

  /* `step`: something else was chosen, so that back should come here again. */
  remember(step = false) {
    const { viewer } = this, { graph, view, bar } = viewer;
    if (!view || this.recalling) return;
    const unless = (value, usual) => value === usual ? "" : value;
    const told = writeMoment({ view, color: unless(viewer.color, graph.color_by), size: unless(bar.size.value, graph.size_by), links: unless(bar.links.value, "main"),
      query: viewer.filters.words, rules: viewer.filters.rules, chosen: viewer.choice.told });
    if (!viewer.full) { bar.leadTo(told); return; }
    const place = `${location.pathname}${location.search}${told ? `#${told}` : ""}`;
    if (place !== `${location.pathname}${location.search}${location.hash}`) history[step ? "pushState" : "replaceState"](null, "", place);
  }

  async recall() {
    const { viewer } = this, { graph, view, bar, filters } = viewer, moment = readMoment(location.hash, graph);
    this.recalling = true;
    try {
      if (moment.at) view.set({ x: moment.at[0], y: moment.at[1], k: view.k0 * moment.at[2] }); else view.set(view.whole(), true);
      const color = shown(graph, moment.color) ? moment.color : graph.color_by, size = graph.named(moment.size)?.kind === "number" ? moment.size : graph.size_by;
      if (color !== viewer.color) await viewer.colorBy(color);
      if (size !== bar.size.value) await viewer.sizeBy(size);
      const links = LINKS.includes(moment.links) ? moment.links : "main";
      if (links !== bar.links.value) viewer.linksBy(links);
      await filters.take(moment.rules, moment.query);
      await this.choose(moment.chosen);
    } finally {
      this.recalling = false;
    }
  }

  async choose({ page, way, finding, ids }) {
    const { choice } = this.viewer, named = finding && (await choice.findings()).find((one) => one.name === finding);
    if (page !== undefined) await choice.page(page);
    else if (way) await choice.way(...way);
    else if (named) await choice.finding(named);
    else if (ids?.length) choice.ids(ids.join(","));
    else if (choice.marked.length) choice.none();
  }
}

/* Whether a name is that of a column with colours. */
export const shown = (graph, name) => graph.named(name) !== undefined && graph.named(name).kind !== "text";
