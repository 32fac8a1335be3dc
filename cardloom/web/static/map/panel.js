/* Words beside the map: the selected page with its links to walk along, a set of pages, a way from
   one page to another, or, while nothing is chosen, what there is to look at. */

import { button, count, el, leave, thousands } from "./element.js";

const WALK = 40; // entries of a list shown at once

export class Panel {
  constructor(viewer) {
    this.viewer = viewer;
    this.body = el("section", { class: "graph-panel", "aria-label": "Selected page", tabindex: -1 });
    this.turn = 0;
  }

  /* Puts these parts in place, unless something else was asked for meanwhile. */
  fill(turn, ...parts) {
    if (turn !== this.turn) return;
    const walking = this.body.contains(document.activeElement) && document.activeElement !== document.body;
    this.body.replaceChildren(...parts);
    this.body.scrollTop = 0;
    if (walking) this.body.querySelector(".graph-name, button")?.focus({ preventScroll: true });
  }

  close(label, act) { return button("×", act, { class: "graph-close", "aria-label": label }); }

  async overview() {
    const turn = ++this.turn, { viewer } = this, findings = await viewer.choice.findings();
    const leading = await this.list("Highest PageRank", viewer.leading(200));
    this.fill(turn, ...(findings.length ? [el("p", { class: "graph-sub" }, "Findings"), el("ul", { class: "graph-findings", "aria-label": "Findings" },
      ...findings.map((finding) => el("li", {}, button(el("span", {}, finding.title), () => viewer.choice.finding(finding), { title: finding.sentence })))
        .map((item, i) => { item.firstChild.append(el("small", {}, thousands(findings[i].total))); return item; }))] : []), ...leading);
  }

  /* One page: its row, and its links both ways. */
  async page(node) {
    const turn = ++this.turn, { viewer } = this, { clerk, choice } = viewer;
    const [links] = await Promise.all([viewer.linksOf(node), clerk.learn([node])]);
    const { url, title } = clerk.line(node);
    const rows = await viewer.row(node);
    const from = await this.list("Linked from", links.in), to = await this.list("Links to", links.out);
    this.fill(turn,
      this.close("Close this page", () => viewer.choice.none()),
      el("p", { class: "graph-name", tabindex: -1 }, title || "(no title)"), leave(url),
      el("div", { class: "graph-acts" },
        button("Go there", () => viewer.travel(node)),
        choice.start === null || choice.start === node
          ? button("Path from here", () => { choice.start = node; viewer.say("Now choose the page that the path leads to."); this.page(node); }, { "aria-pressed": choice.start === node })
          : button(`Path from ${clerk.name(choice.start).slice(0, 24)}`, () => choice.way(choice.start, node))),
      el("dl", { class: "graph-row" }, ...rows.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)])),
      ...from, ...to);
  }

  /* A set of pages: what a lasso, a finding or a button of a table marked. */
  async set(nodes, title, sentence = "") {
    const turn = ++this.turn, { viewer } = this;
    const list = await this.list(title, nodes);
    this.fill(turn, this.close("Let go of these pages", () => viewer.choice.none()),
      el("p", { class: "graph-name", tabindex: -1 }, title), el("p", { class: "graph-facts" }, sentence || count(nodes.length, "page")), ...list);
  }

  async way(nodes, from, to) {
    const turn = ++this.turn, { viewer } = this, { clerk } = viewer;
    await clerk.learn(nodes ?? [from, to]);
    const close = this.close("Close this path", () => viewer.choice.none());
    if (!nodes) return this.fill(turn, close, el("p", { class: "graph-name" }, "No path"), el("p", {}, `No links lead from ${clerk.name(from)} to ${clerk.name(to)}.`));
    this.fill(turn, close, el("p", { class: "graph-name", tabindex: -1 }, count(nodes.length - 1, "click")),
      el("p", { class: "graph-facts" }, "A shortest path along links."),
      el("ol", { class: "graph-way", "aria-label": "Path" }, ...nodes.map((node) => el("li", {}, this.step(node)))));
  }

  /* Pages one can walk to by clicking, the highest PageRank first. */
  async list(heading, nodes) {
    const { viewer } = this, sorted = viewer.byImportance(nodes), list = el("ol", { "aria-label": heading });
    const more = button("", () => grow(), { class: "graph-link" });
    const grow = async () => {
      const shown = list.children.length, next = sorted.slice(shown, shown + WALK);
      await viewer.clerk.learn(next);
      list.append(...next.map((node) => el("li", {}, this.step(node))));
      more.textContent = count(sorted.length - list.children.length, "more page");
      more.hidden = sorted.length === list.children.length;
    };
    await grow();
    return [el("p", { class: "graph-sub" }, `${heading} `, el("small", {}, thousands(sorted.length))), list, more];
  }

  step(node) {
    const { clerk } = this.viewer;
    return button(clerk.name(node), () => this.viewer.choice.page(node, true), { title: clerk.line(node).url });
  }
}
