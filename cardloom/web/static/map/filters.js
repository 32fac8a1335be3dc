/* Which pages are on the map: rules over columns, words in address or title, each with its counts. */

import { button, count, el, thousands } from "./element.js";
import { amount, dated } from "./data.js";

const FEW = 24; // different values up to which a column is a list of boxes

export class Filters {
  constructor(graph, clerk, changed) {
    Object.assign(this, { graph, clerk, changed, rules: new Map(), words: "", wordMarks: null });
  }

  get active() { return this.rules.size > 0 || this.wordMarks !== null; }

  /* A mark for each node that passes all rules but that of column `but`. */
  marks(but = null) {
    const { graph } = this, marks = this.wordMarks ? this.wordMarks.slice() : new Uint8Array(graph.nodes).fill(1);
    for (const [name, rule] of this.rules) {
      if (name === but) continue;
      const column = graph.named(name), values = graph.values.get(name);
      for (let node = 0; node < marks.length; node++) {
        if (marks[node] && !passes(rule, values[node], graph.known(column, values[node]))) marks[node] = 0;
      }
    }
    return marks;
  }

  apply() {
    const marks = this.marks();
    let passing = 0;
    for (const mark of marks) passing += mark;
    this.said.textContent = `${thousands(passing)} of ${count(this.graph.nodes, "page")}`;
    this.everything.hidden = !this.active;
    this.follow();
    this.changed(marks, passing);
    this.recount();
  }

  async only(name, rule) {
    await this.graph.column(name);
    if (rule === null) this.rules.delete(name); else this.rules.set(name, rule);
    this.apply();
  }

  /* All filters at once, as an address has them. */
  async take(rules, words) {
    if (!rules.size && !words && !this.active) return;
    await Promise.all([...rules.keys()].map((name) => this.graph.column(name)));
    this.rules = rules;
    await this.say(words);
  }

  build() {
    this.counted = []; // boxes, with the column and value of each
    this.ranges = [];
    this.said = el("p", { class: "graph-passing", role: "status" }, `${count(this.graph.nodes, "page")}, all shown`);
    this.everything = button("Show all", () => this.clear(), { class: "graph-link", hidden: true });
    this.text = el("input", { type: "search", "aria-label": "Words in address or title", placeholder: "Words in address or title" });
    this.text.addEventListener("change", () => this.say(this.text.value));
    const rest = this.graph.columns.filter((column) => column.kind !== "text" && !["pagerank"].includes(column.name));
    const first = ["pagetype", "status", "depth"].map((name) => rest.find((column) => column.name === name)).filter(Boolean);
    const ordered = [...first, ...rest.filter((column) => !first.includes(column))];
    this.part = el("div", { class: "graph-filters" }, el("p", { class: "graph-sub" }, "Show only"), this.said, this.everything, this.text,
      ...ordered.map((column) => this.section(column)));
  }

  section(column) {
    const details = el("details", {}, el("summary", {}, column.label));
    details.addEventListener("toggle", async () => {
      if (!details.open || details.dataset.filled) return;
      details.dataset.filled = "yes";
      const values = await this.graph.column(column.name), few = fewValues(column, values);
      details.append(few ? this.boxes(column, few) : this.range(column));
      this.follow();
      this.recount();
    });
    return details;
  }

  boxes(column, few) {
    const list = el("ul", {});
    const choose = () => {
      const chosen = new Set([...list.querySelectorAll("input:checked")].map((box) => Number(box.value)));
      return this.only(column.name, chosen.size && chosen.size < few.length ? { set: chosen } : null);
    };
    const tell = (value) => column.kind === "category" ? column.categories[value] : column.kind === "date" ? dated(value, column.day)
      : value === column.missing ? "none" : amount(value, column.unit);
    for (const value of few) {
      const number = el("small", {}), box = el("input", { type: "checkbox", value, onchange: choose });
      list.append(el("li", {}, el("label", {}, box, el("span", {}, tell(value)), number)));
      this.counted.push({ column, value, number, box });
    }
    return list;
  }

  range(column) {
    const day = column.kind === "date", ends = ["From", "To"].map((label) => el("input", { type: day ? "date" : "number", step: day ? null : "any", "aria-label": `${column.label} ${label.toLowerCase()}`,
      placeholder: day ? null : amount(label === "From" ? column.min ?? 0 : column.max ?? 0) }));
    const read = (input, none) => input.value === "" ? none : day ? Date.parse(input.value) / 1000 : Number(input.value);
    const choose = () => {
      const [low, high] = [read(ends[0], -Infinity), read(ends[1], Infinity) + (day ? 86_399 : 0)];
      return this.only(column.name, low === -Infinity && high === Infinity ? null : { low, high });
    };
    ends.forEach((input) => input.addEventListener("change", choose));
    this.ranges.push({ column, ends });
    return el("div", { class: "graph-range" }, ends[0], " to ", ends[1]);
  }

  async say(words) {
    this.words = words.trim();
    if (this.text) this.text.value = this.words;
    this.wordMarks = this.words ? await this.clerk.ask("mark", { query: this.words }) : null;
    this.apply();
  }

  clear() {
    this.rules.clear();
    this.wordMarks = null;
    this.words = this.text.value = "";
    this.apply();
  }

  /* Boxes and fields show the rules that hold, wherever these were made. */
  follow() {
    for (const { column, value, box } of this.counted) {
      const rule = this.rules.get(column.name);
      box.checked = Boolean(rule) && (rule.set ? rule.set.has(value) : value >= rule.low && value <= rule.high);
    }
    for (const { column, ends } of this.ranges) {
      const rule = this.rules.get(column.name), day = column.kind === "date";
      [rule?.low, rule?.high].forEach((end, i) => { ends[i].value = Number.isFinite(end) ? day ? dated(end, true) : end : ""; });
    }
  }

  /* How many pages each box would show, given the other rules. */
  recount() {
    const byColumn = new Map();
    for (const { column, value, number } of this.counted) {
      if (!byColumn.has(column.name)) {
        const marks = this.marks(column.name), values = this.graph.values.get(column.name), found = new Map();
        for (let node = 0; node < marks.length; node++) if (marks[node]) found.set(values[node], (found.get(values[node]) ?? 0) + 1);
        byColumn.set(column.name, found);
      }
      number.textContent = thousands(byColumn.get(column.name).get(value) ?? 0);
    }
  }
}

function passes(rule, value, known) {
  if (rule.set) return rule.set.has(value);
  return known && value >= rule.low && value <= rule.high;
}

/* The different values of a column where they are few, the order in which to list them; else null. */
function fewValues(column, values) {
  if (column.kind === "category") return column.categories.length <= 200 ? column.categories.map((_, index) => index) : column.categories.slice(0, 200).map((_, index) => index);
  const found = new Set();
  for (const value of values) if (found.add(value).size > FEW) return null;
  return [...found].sort((a, b) => a - b);
}
