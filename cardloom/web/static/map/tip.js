/* What is told of the page under the pointer, beside it. */

import { count, el } from "./element.js";

const FACTS = ["status", "inlinks", "outlinks", "depth"];

export class Tip {
  constructor(viewer) {
    this.viewer = viewer;
    this.node = null;
    this.element = el("div", { class: "graph-tip", "aria-hidden": "true", hidden: true });
  }

  async show(node) {
    if (node === this.node) return;
    const { viewer, element } = this, { clerk, picture } = viewer;
    this.node = picture.hovered = node;
    viewer.surface.classList.toggle("graph-over", node !== null);
    picture.draw(false);
    if (node === null) { element.hidden = true; return; }
    const [facts] = await Promise.all([this.facts(node), clerk.learn([node])]);
    if (node !== this.node) return;
    const { url, title } = clerk.line(node);
    element.replaceChildren(el("strong", {}, title || "(no title)"), el("span", {}, url), el("span", {}, facts.join(" · ")));
    element.hidden = false;
    this.place(node);
  }

  async facts(node) {
    const { graph } = this.viewer, columns = FACTS.map((name) => graph.named(name)).filter(Boolean);
    const told = await Promise.all(columns.map(async (column) => {
      const value = (await graph.column(column.name))[node], known = graph.known(column, value);
      return { status: known ? `status ${value}` : "no status", inlinks: `${count(value, "link")} in`, outlinks: `${count(value, "link")} out`, depth: known ? `depth ${value}` : "" }[column.name];
    }));
    return told.filter(Boolean);
  }

  place(node) {
    const { element, viewer: { graph, view, picture } } = this, gap = picture.radius(node) + 8;
    const x = view.sx(graph.at[2 * node]), y = view.sy(graph.at[2 * node + 1]), above = y + gap + element.offsetHeight > view.height;
    element.style.left = `${Math.max(4, Math.min(x - element.offsetWidth / 2, view.width - element.offsetWidth - 4))}px`;
    element.style.top = `${above ? Math.max(4, y - gap - element.offsetHeight) : y + gap}px`;
  }
}
