/* The picture of a link graph: every <figure class="graph-map" data-graph="/folder/"> becomes a
   map of the files in that folder (their format: docs/graph-format.md). Figures that come
   later are found, figures that go are closed. Titles and addresses come from strangers' pages:
   they are only ever text nodes, and only http(s) addresses become links. */

const TYPES = { f32: Float32Array, f64: Float64Array, u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array };
const LIGHT = ["#4f46e5", "#d97706", "#0d9488", "#e11d48", "#0284c7", "#65a30d", "#c026d3",
  "#92400e", "#047857", "#8b5cf6", "#a16207"];
const DARK = ["#8b8cf8", "#fbbf24", "#2dd4bf", "#fb7185", "#38bdf8", "#a3e635", "#e879f9",
  "#d6a37c", "#34d399", "#c4b5fd", "#fde047"];
const RAMP = ["#4f46e5", "#0f8fc4", "#12a386", "#6fb536", "#d9a514", "#e2711d", "#d43d51", "#8d2f6b"];
const CLASSES = [["none", "ring"], ["1xx", "circle"], ["2xx fine", "circle"],
  ["3xx redirect", "diamond"], ["4xx not found or refused", "triangle"], ["5xx server error", "square"]];
const WALK = 40; // entries of a list of links shown at once
const TOP = 50; // rows of the table
const SLICE = 8; // milliseconds of link drawing in one frame

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...children); // strings become text nodes, never markup
  return node;
}

// ── the data ────────────────────────────────────────────────────────────────────────────────

async function load(folder, signal) {
  const get = async (name) => {
    const reply = await fetch(folder.replace(/\/*$/, "/") + encodeURIComponent(name), { signal });
    if (!reply.ok) throw new Error(`its file ${name} is missing (${reply.status}). Make the map again.`);
    return reply;
  };
  const whole = (fits, name) => {
    if (!fits) throw new Error(`its file ${name} is not as graph.json says. Make the map again.`);
  };
  const told = await (await get("graph.json")).json();
  whole(told.format === "cardloom-graph" && told.version === 2, "graph.json");
  const numbers = async ({ file, type, width = 1 }, rows) => {
    // Typed arrays have the byte order of the machine, and there is none left that is not little.
    const buffer = await (await get(file)).arrayBuffer();
    whole(buffer.byteLength === rows * width * TYPES[type].BYTES_PER_ELEMENT, file);
    return new TYPES[type](buffer);
  };
  const lines = async ({ file }) => {
    const unpacked = (await get(file)).body.pipeThrough(new DecompressionStream("gzip"));
    const text = (await new Response(unpacked).text()).split("\n").slice(0, -1);
    whole(text.length === told.nodes, file);
    return text;
  };
  const neighbours = async ({ offsets, nodes }) => {
    const [start, others] = await Promise.all([numbers(offsets, told.nodes + 1), numbers(nodes, told.links)]);
    return (node) => others.subarray(start[node], start[node + 1]);
  };
  const [positions, edges, urls, titles, outlinks, inlinks, ...columns] = await Promise.all([
    numbers(told.positions, told.nodes), numbers(told.edges, told.links),
    lines(told.urls), lines(told.titles), neighbours(told.outlinks), neighbours(told.inlinks),
    ...told.columns.filter(({ kind }) => kind === "number" || kind === "category").map(async (column) => ({ ...column, values: await numbers(column, told.nodes) })),
  ]);
  const by = (name) => columns.find((column) => column.name === name);
  const size = by(told.size_by).values;
  const order = Uint32Array.from(size, (_, node) => node).sort((a, b) => size[b] - size[a] || a - b);
  return { ...told, positions, edges, urls, titles, columns, by, size, order, outlinks, inlinks };
}

/* What a title adds to the site's name: "Lists" of "Lists — The Docs", if most end like that. */
function shortNames(graph) {
  const tail = (title) => title.match(/^.*\S(\s[|·–—-]\s.*|\s\(.*)$/)?.[1];
  const tails = new Map();
  for (const title of graph.titles) tails.set(tail(title), (tails.get(tail(title)) ?? 0) + 1);
  const common = (title) => tails.get(tail(title)) > graph.nodes / 4 ? tail(title)?.length ?? 0 : 0;
  return graph.titles.map((title, node) =>
    title.slice(0, title.length - common(title)) || pathOf(graph.urls[node]));
}

function pathOf(url) {
  try { return decodeURI(url.replace(/^\w+:\/\/[^/]*/, "")) || url; } catch { return url; }
}

// ── colours and shapes ──────────────────────────────────────────────────────────────────────

const statusClass = (status) => clamp(Math.floor(status / 100), 0, 5);

/* A column as few groups: of each node its group, of each group label, colour, size and shape. */
function grouped(column, dark) {
  const grey = dark ? "#8a8f98" : "#8b8f99";
  const raw = column.name === "status" ? column.values.map(statusClass) : column.values;
  const { groupOf, labels } = column.kind === "category" ? named(column.categories)
    : column.name === "status" ? { groupOf: (value) => value, labels: CLASSES.map(([name]) => name) }
      : binned(raw, column.missing);
  const groups = labels.map((label, index) => ({ label, count: 0, shape: "circle",
    color: column.kind === "category" ? (dark ? DARK : LIGHT)[index] ?? grey
      : label === "none" ? grey : RAMP[Math.round(index * (RAMP.length - 1) / Math.max(labels.length - 1, 5))] }));
  if (column.name === "status") groups.forEach((group, index) => {
    group.shape = CLASSES[index][1];
    group.color = [grey, grey, (dark ? DARK : LIGHT)[2], (dark ? DARK : LIGHT)[1],
      (dark ? DARK : LIGHT)[3], (dark ? DARK : LIGHT)[6]][index];
  });
  const of = Uint8Array.from(raw, (value) => groupOf(value));
  for (const group of of) groups[group].count++;
  return { of, groups };
}

function named(categories) {
  const shown = categories.length > LIGHT.length + 1 ? LIGHT.length : categories.length;
  const rest = categories.length - shown;
  const labels = [...categories.slice(0, shown), ...(rest ? [`${rest} others`] : [])];
  return { groupOf: (value) => Math.min(value, shown), labels };
}

/* Numbers as at most eight groups: each its own, or ranges that hold about equally many. */
function binned(values, missing) {
  const none = (value) => value === missing || Number.isNaN(value);
  const sorted = values.filter((value) => !none(value)).sort();
  let starts = [...new Set(sorted)];
  if (starts.length > 8) {
    starts = [...new Set([0, 1, 2, 3, 4, 5].map((part) => sorted[Math.floor(part * sorted.length / 6)]))];
  }
  const single = starts.length === new Set(sorted).size;
  const labels = starts.map((start, i) =>
    single ? `${start}` : i + 1 < starts.length ? `${start} to below ${starts[i + 1]}` : `${start} and more`);
  const groupOf = (value) => none(value) ? starts.length
    : Math.max(0, starts.findLastIndex((start) => start <= value));
  return { groupOf, labels: [...labels, "none"] };
}

function trace(ctx, shape, x, y, r) {
  if (shape === "diamond" || shape === "triangle" || shape === "square") {
    const [corners, turn] = { diamond: [4, 0], square: [4, Math.PI / 4], triangle: [3, -Math.PI / 2] }[shape];
    for (let i = 0; i < corners; i++) {
      const angle = turn + i * 2 * Math.PI / corners;
      ctx[i ? "lineTo" : "moveTo"](x + 1.3 * r * Math.cos(angle), y + 1.3 * r * Math.sin(angle));
    }
    ctx.closePath();
  } else {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 7);
  }
}

// ── the map ─────────────────────────────────────────────────────────────────────────────────

class GraphMap {
  constructor(figure) {
    this.figure = figure;
    this.folder = figure.dataset.graph;
    this.ended = new AbortController(); // ends the fetches and every listener at once
    this.body = el("div", { class: "graph-body" }, el("p", { class: "graph-note" }, "Loading the map …"));
    figure.prepend(this.body);
    this.open().catch((error) => {
      if (!this.ended.signal.aborted) this.note(`The map can't be shown: ${error.message}`, "alert");
    });
  }

  note(text, role = "status") {
    this.body.replaceChildren(el("p", { class: "graph-note", role }, text));
  }

  async open() {
    const graph = this.graph = await load(this.folder, this.ended.signal);
    if (!graph.nodes) return this.note("There are no pages on this map yet.");
    this.names = shortNames(graph);
    this.status = graph.by("status")?.values;
    this.statusKnown = this.status?.some(Boolean);
    this.hovered = this.selected = null;
    this.build();
    this.listen();
    this.colour();
    this.describe();
  }

  close() {
    this.ended.abort();
    this.watcher?.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.body.remove();
  }

  build() {
    const { graph } = this;
    const button = (label, text, act) =>
      el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
    this.search = el("input", { type: "search", placeholder: "Find a page", "aria-label": "Find a page by title or address", autocomplete: "off" });
    this.hits = el("ul", { class: "graph-hits", "aria-label": "Pages found", hidden: true });
    this.select = el("select", { "aria-label": "Colour by" }, ...graph.columns
      .filter((column) => column.name !== graph.size_by)
      .map((column) => el("option", { value: column.name, selected: column.name === graph.color_by }, column.label)));
    this.zoomed = el("output", { class: "graph-zoom", "aria-label": "Zoom" });
    this.canvas = el("canvas", { tabindex: 0, role: "application", "aria-label":
      `Map of ${count(graph.nodes, "page")} and ${count(graph.links, "link")}. Arrow keys move, plus and minus `
      + "zoom, 0 shows all, Enter selects the page nearest the middle, Escape lets go. The table below has the same pages." });
    this.ctx = this.canvas.getContext("2d");
    this.linkLayer = document.createElement("canvas"); // the links as last drawn
    this.nextLayer = document.createElement("canvas"); // as they are being drawn
    this.tip = el("div", { class: "graph-tip", "aria-hidden": "true", hidden: true });
    this.panel = el("section", { class: "graph-panel", "aria-label": "Selected page" });
    this.legend = el("ul", { class: "graph-legend", "aria-label": "Legend" });
    this.said = el("p", { class: "graph-said", role: "status" });
    this.stage = el("div", { class: "graph-stage" }, this.canvas, this.tip);
    this.body.replaceChildren(
      el("div", { class: "graph-bar" },
        el("div", { class: "graph-find" }, this.search, this.hits),
        el("label", {}, el("span", {}, "Colour by "), this.select),
        el("div", { class: "graph-buttons", role: "group", "aria-label": "Zoom" },
          button("Zoom out", "−", () => this.zoom(1 / 1.5)), this.zoomed,
          button("Zoom in", "+", () => this.zoom(1.5)), button("Fit all pages in", "Fit", () => this.fit()))),
      el("div", { class: "graph-main" }, this.stage, this.panel),
      this.legend, this.table(), this.said);
  }

  listen() {
    const on = (target, type, act, options = {}) =>
      target.addEventListener(type, act, { signal: this.ended.signal, ...options });
    const { canvas } = this;
    this.pointers = new Map();
    on(canvas, "pointerdown", (event) => this.press(event));
    on(canvas, "pointermove", (event) => this.move(event));
    on(canvas, "pointerup", (event) => this.release(event));
    on(canvas, "pointercancel", (event) => this.pointers.delete(event.pointerId));
    on(canvas, "pointerleave", () => this.hover(null));
    on(canvas, "keydown", (event) => this.key(event));
    on(canvas, "focus", () => this.draw());
    on(canvas, "blur", () => this.draw());
    // A page being scrolled past the map goes on scrolling: only a turn begun here zooms.
    let elsewhere = 0;
    on(window, "wheel", (event) => { if (event.target !== canvas) elsewhere = event.timeStamp; }, { passive: true });
    on(canvas, "wheel", (event) => {
      if (event.timeStamp - elsewhere < 250) { elsewhere = event.timeStamp; return; }
      event.preventDefault();
      const lines = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
      this.zoom(Math.exp(-clamp(lines, -300, 300) * (event.ctrlKey ? 0.008 : 0.002)), this.at(event), true);
    }, { passive: false });
    on(this.select, "change", () => this.colour());
    on(this.search, "input", () => this.find());
    on(this.search, "keydown", (event) => {
      if (event.key === "Enter") this.hits.querySelector("button")?.click();
      if (event.key === "ArrowDown") this.hits.querySelector("button")?.focus();
      if (event.key === "Escape") this.hits.hidden = true;
      if (event.key === "Enter" || event.key === "ArrowDown") event.preventDefault();
    });
    on(this.body, "focusout", (event) => {
      if (!event.relatedTarget?.closest(".graph-find")) this.hits.hidden = true;
    });
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.colour());
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.stage);
  }

  /* The colours of the page as it is now, light or dark, and the groups of the chosen column. */
  colour() {
    const style = getComputedStyle(this.canvas), pixel = document.createElement("canvas").getContext("2d");
    this.look = { ink: style.color, paper: style.backgroundColor, accent: style.outlineColor, font: style.fontFamily };
    pixel.fillStyle = this.look.paper;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    this.dark = red * 0.3 + green * 0.6 + blue * 0.1 < 128;
    this.groups = grouped(this.graph.by(this.select.value), this.dark);
    this.linkOrder = null;
    this.legend.replaceChildren(...this.groups.groups.filter((group) => group.count).map((group) =>
      el("li", {}, swatch(group), el("span", {}, group.label), el("small", {}, group.count.toLocaleString("en")))));
    this.draw(true);
  }

  // ── where one looks ──

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage, ratio = window.devicePixelRatio || 1;
    if (!width || !height || (width === this.width && height === this.height)) return;
    Object.assign(this, { width, height, ratio, linkView: null });
    for (const canvas of [this.canvas, this.linkLayer, this.nextLayer]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.scale = Math.sqrt(clamp(Math.min(width, height) / 700, 0.3, 1.5)) * clamp((1500 / this.graph.nodes) ** 0.25, 0.5, 1.4);
    if (!this.view || this.fitted) this.lookAt(this.whole(), true);
    else this.lookAt(this.view);
    this.paint(); // in the same frame: changing its size has emptied the canvas
  }

  whole() {
    const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    this.graph.positions.forEach((value, i) => {
      low[i & 1] = Math.min(low[i & 1], value);
      high[i & 1] = Math.max(high[i & 1], value);
    });
    this.k0 = Math.min((this.width - 48) / Math.max(high[0] - low[0], 0.1), (this.height - 56) / Math.max(high[1] - low[1], 0.1));
    return { x: (low[0] + high[0]) / 2, y: (low[1] + high[1]) / 2, k: this.k0 };
  }

  lookAt(view, fitted = false) {
    this.view = view;
    this.fitted = fitted;
    this.zoomed.value = `${Math.round(100 * view.k / this.k0)} %`;
    this.draw(true);
  }

  /* Goes to a view in 160 ms, or at once for those who want less motion. */
  travel(to, fitted = false) {
    const from = this.view, began = performance.now();
    const step = () => {
      if (this.ended.signal.aborted || this.goal !== to) return;
      const part = calm.matches ? 1 : Math.min(1, (performance.now() - began) / 160), eased = part * (2 - part);
      const mix = (key) => from[key] + (to[key] - from[key]) * eased;
      this.lookAt({ x: mix("x"), y: mix("y"), k: mix("k") }, fitted && part === 1);
      if (part < 1) requestAnimationFrame(step); else this.goal = null;
    };
    this.goal = to;
    if (from) step();
  }

  fit() { this.travel(this.whole(), true); }

  /* Zooms about a point of the screen, the middle if none is given. */
  zoom(factor, [x, y] = [this.width / 2, this.height / 2], now = false) {
    const view = this.goal ?? this.view, k = clamp(view.k * factor, this.k0 / 4, this.k0 * 400);
    const keep = 1 / view.k - 1 / k;
    const to = { x: view.x + (x - this.width / 2) * keep, y: view.y + (y - this.height / 2) * keep, k };
    this.goal = null;
    if (now) this.lookAt(to); else this.travel(to);
  }

  pan(dx, dy) {
    this.goal = null;
    this.lookAt({ ...this.view, x: this.view.x - dx / this.view.k, y: this.view.y - dy / this.view.k });
  }

  x(node) { return (this.graph.positions[2 * node] - this.view.x) * this.view.k + this.width / 2; }
  y(node) { return (this.graph.positions[2 * node + 1] - this.view.y) * this.view.k + this.height / 2; }

  radius(node) {
    const share = Math.sqrt(this.graph.size[node] / this.graph.size[this.graph.order[0]]);
    return (2 + 9 * share) * this.scale * clamp((this.view.k / this.k0) ** 0.4, 0.8, 3);
  }

  /* The node within reach of a point of the screen, null if there is none. */
  nearest([x, y], reach) {
    let best = null, least = Infinity;
    for (let node = 0; node < this.graph.nodes; node++) {
      const gap = Math.hypot(this.x(node) - x, this.y(node) - y) - this.radius(node);
      if (gap < reach && gap < least) [best, least] = [node, gap];
    }
    return best;
  }

  // ── hands ──

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    this.dragged = this.pointers.size > 1 ? Infinity : 0;
  }

  move(event) {
    const here = this.at(event), before = this.pointers.get(event.pointerId);
    if (!before) { if (event.pointerType !== "touch") this.hover(this.nearest(here, 6)); return; }
    const dx = here[0] - before[0], dy = here[1] - before[1];
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.dragged += Math.abs(dx) + Math.abs(dy);
    if (this.dragged < 4) return; // a click of an unsteady hand; the pointer's old place stays
    this.pointers.set(event.pointerId, here);
    this.hover(null);
    if (!other) return this.pan(dx, dy);
    const span = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
    this.pan(dx / 2, dy / 2);
    this.zoom(span(here) / span(before), [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2], true);
  }

  release(event) {
    if (this.pointers.delete(event.pointerId) && this.dragged < 4) this.choose(this.nearest(this.at(event), event.pointerType === "touch" ? 16 : 6));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      ArrowLeft: () => this.pan(60, 0), ArrowRight: () => this.pan(-60, 0),
      ArrowUp: () => this.pan(0, 60), ArrowDown: () => this.pan(0, -60),
      "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5), 0: () => this.fit(),
      Enter: () => this.choose(this.nearest([this.width / 2, this.height / 2], Infinity)),
      Escape: () => this.choose(null),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  hover(node) {
    if (node === this.hovered) return;
    this.hovered = node;
    this.canvas.classList.toggle("graph-over", node !== null);
    this.tip.hidden = node === null;
    if (node !== null) {
      const { graph, tip } = this;
      tip.replaceChildren(el("strong", {}, graph.titles[node] || "(no title)"), el("span", {}, graph.urls[node]), el("span", {}, this.facts(node)));
      const x = this.x(node), y = this.y(node) + this.radius(node) + 8, above = y + tip.offsetHeight > this.height;
      tip.style.left = `${clamp(x - tip.offsetWidth / 2, 4, Math.max(4, this.width - tip.offsetWidth - 4))}px`;
      tip.style.top = `${above ? Math.max(4, this.y(node) - this.radius(node) - 8 - tip.offsetHeight) : y}px`;
    }
    this.draw();
  }

  facts(node) {
    const { graph } = this, depth = graph.by("depth");
    return [this.status?.[node] ? `status ${this.status[node]}` : "no status",
      `${count(graph.inlinks(node).length, "link")} in`, `${count(graph.outlinks(node).length, "link")} out`,
      ...(depth && depth.values[node] !== depth.missing ? [`depth ${depth.values[node]}`] : []),
      `PageRank ${(100 * graph.size[node]).toPrecision(2)} %`].join(" · ");
  }

  // ── words beside the map ──

  choose(node, go = false) {
    this.selected = node;
    this.hover(null);
    this.describe();
    if (node !== null) this.said.textContent = `Selected ${this.names[node]}, ${this.facts(node)}`;
    if (go) this.travel({ ...this.place(node), k: Math.max(this.view.k, this.k0 * 2.5) });
    this.draw();
  }

  place(node) {
    return { x: this.graph.positions[2 * node], y: this.graph.positions[2 * node + 1] };
  }

  /* The page that is selected, or, while none is, the pages that most leads to. */
  describe() {
    const { graph, selected: node } = this;
    if (node === null) {
      this.panel.replaceChildren(...this.walk("Highest PageRank", graph.order));
      return;
    }
    const leave = () => { this.choose(null); this.canvas.focus(); }, walking = this.panel.contains(document.activeElement);
    const name = el("p", { class: "graph-name", tabindex: -1 }, graph.titles[node] || "(no title)");
    this.panel.replaceChildren(
      el("button", { type: "button", class: "graph-close", "aria-label": "Close this page", onclick: leave }, "×"),
      name, this.link(node, graph.urls[node]),
      el("p", { class: "graph-facts" }, this.facts(node)),
      ...this.walk("Linked from", graph.inlinks(node), "dotted"), ...this.walk("Links to", graph.outlinks(node), "solid"));
    this.panel.scrollTop = 0;
    if (walking) name.focus({ preventScroll: true }); // the button that was pressed is gone
  }

  link(node, text) {
    const url = this.graph.urls[node];
    return /^https?:\/\//i.test(url) ? el("a", { href: url, rel: "noreferrer", dir: "auto" }, text) : el("span", {}, text);
  }

  /* A list of pages one can walk by clicking, the highest PageRank first. */
  walk(heading, nodes, lines) {
    const { size } = this.graph;
    const sorted = Uint32Array.from(nodes).sort((a, b) => size[b] - size[a] || a - b);
    const list = el("ol", { "aria-label": heading });
    const more = el("button", { type: "button", class: "graph-more", onclick: () => grow() });
    const grow = () => {
      const shown = list.children.length;
      for (const node of sorted.subarray(shown, shown + WALK)) list.append(el("li", {}, this.step(node)));
      more.textContent = `${count(sorted.length - list.children.length, "more page")}`;
      more.hidden = sorted.length === list.children.length;
    };
    grow();
    return [el("p", { class: "graph-sub" }, `${heading} `, el("small", {}, sorted.length.toLocaleString("en") + (lines ? `, ${lines} lines` : ""))), list, more];
  }

  step(node) {
    return el("button", { type: "button", title: this.graph.urls[node], onclick: () => this.choose(node, true) }, this.names[node]);
  }

  /* Typing shows the pages whose title or address has all the words, the most linked first. */
  find() {
    const { graph } = this, words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.texts ??= graph.urls.map((url, node) => `${graph.titles[node]} ${url}`.toLowerCase());
    const found = words.length ? graph.order.filter((node) => words.every((word) => this.texts[node].includes(word))) : [];
    const jump = (node) => { this.hits.hidden = true; this.choose(node, true); this.canvas.focus({ preventScroll: true }); };
    this.hits.replaceChildren(...[...found.slice(0, 8)].map((node) => el("li", {},
      el("button", { type: "button", onclick: () => jump(node) }, el("span", {}, this.names[node]), el("small", {}, graph.urls[node])))));
    this.hits.hidden = !found.length;
    this.said.textContent = words.length ? `${count(found.length, "page")} found` : "";
  }

  table() {
    const { graph } = this, depth = graph.by("depth"), rows = Math.min(TOP, graph.nodes);
    const row = (node) => el("tr", {}, el("th", { scope: "row" }, this.link(node, this.names[node])),
      ...[this.status?.[node] || "none", depth && depth.values[node] !== depth.missing ? depth.values[node] : "none",
        graph.inlinks(node).length, graph.outlinks(node).length, `${(100 * graph.size[node]).toPrecision(2)} %`]
        .map((value) => el("td", {}, value.toLocaleString("en"))));
    const heads = ["Page", "Status", "Depth", "Links in", "Links out", "PageRank"];
    const folded = el("details", { class: "graph-table" }, el("summary", {}, `The ${count(rows, "page")} of highest PageRank as a table`));
    folded.addEventListener("toggle", () => folded.append(el("div", { tabindex: 0, role: "region", "aria-label": "Pages of highest PageRank" },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", {}, ...[...graph.order.subarray(0, rows)].map(row))))), { once: true });
    return folded;
  }

  // ── ink ──

  /* One frame soon; after a move the links are drawn anew once the view rests. */
  draw(moved = false) {
    if (!this.width || !this.groups || this.ended.signal.aborted) return;
    if (moved) {
      this.slices = null;
      clearTimeout(this.rest);
      this.rest = setTimeout(() => { this.slices = this.drawLinks(); this.draw(); }, this.linkView ? 90 : 0);
    }
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const end = performance.now() + SLICE;
      while (this.slices && performance.now() < end) if (this.slices.next().done) this.slices = null;
      this.paint();
      if (this.slices) this.draw();
    });
  }

  paint() {
    const { ctx, graph, look } = this, focus = this.hovered ?? this.selected;
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    const near = focus === null ? null : new Set([focus, ...graph.inlinks(focus), ...graph.outlinks(focus)]);
    ctx.globalAlpha = near ? 0.25 : 1;
    if (this.linkView) this.drawLinkLayer();
    this.drawNodes((node) => !near?.has(node));
    ctx.globalAlpha = 1;
    if (near) {
      this.drawStar(focus);
      this.drawNodes((node) => near.has(node));
      this.drawRing(focus);
    }
    this.drawLabels(near, focus);
    if (this.canvas.matches(":focus-visible")) { // the spot that Enter selects at
      ctx.strokeStyle = look.accent;
      ctx.lineWidth = 1.5;
      ctx.strokeRect(this.width / 2 - 7, this.height / 2 - 7, 14, 14);
    }
  }

  /* The links as last drawn, moved and scaled to where the view is now. */
  drawLinkLayer() {
    const { view, linkView } = this, scale = view.k / linkView.k;
    const shift = (axis, side) => (linkView[axis] - view[axis]) * view.k + side / 2 - linkView[side === this.width ? "w" : "h"] / 2 * scale;
    this.ctx.drawImage(this.linkLayer, shift("x", this.width), shift("y", this.height), linkView.w * scale, linkView.h * scale);
  }

  /* Draws all links, a few at a time; between two of them the page can do other things. */
  * drawLinks() {
    const { graph, groups, view } = this, { edges } = graph, linkView = { ...view, w: this.width, h: this.height };
    this.linkView ??= linkView; // with nothing to show meanwhile, these are shown as they come
    const layer = this.linkView === linkView ? this.linkLayer : this.nextLayer, ctx = layer.getContext("2d");
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    this.linkOrder ??= byGroup(edges, groups);
    const alpha = clamp(9 / Math.sqrt(graph.links), 0.03, 0.5) * (this.dark ? 1.3 : 1);
    ctx.lineWidth = clamp(this.view.k / this.k0 * 0.5, 0.6, 1.2);
    for (let from = 0; from < this.linkOrder.length;) {
      const group = groups.of[edges[2 * this.linkOrder[from]]];
      ctx.strokeStyle = groups.groups[group].color;
      ctx.beginPath();
      // Lines of one path do not darken where they cross, lines of several do: so, few to a path.
      let to = from, length = 0;
      for (; to < this.linkOrder.length && to < from + 24 && groups.of[edges[2 * this.linkOrder[to]]] === group; to++) {
        const a = edges[2 * this.linkOrder[to]], b = edges[2 * this.linkOrder[to] + 1];
        const x = this.x(a), y = this.y(a), x2 = this.x(b), y2 = this.y(b);
        length += Math.hypot(x - x2, y - y2);
        ctx.moveTo(x, y);
        ctx.lineTo(x2, y2);
      }
      // Long links cover much and say little; short ones hold a cluster together.
      ctx.globalAlpha = clamp(alpha * 3 / (0.6 + length / (to - from) / this.width * 8), 0.02, 0.8);
      ctx.stroke();
      from = to;
      yield;
    }
    if (layer === this.nextLayer) [this.linkLayer, this.nextLayer, this.linkView] = [layer, this.linkLayer, linkView];
  }

  drawNodes(wanted) {
    const { ctx, graph, groups, look } = this;
    const paths = new Map();
    for (const node of graph.order) {
      const x = this.x(node), y = this.y(node), r = this.radius(node);
      if (x < -r || y < -r || x > this.width + r || y > this.height + r || !wanted(node)) continue;
      const shape = this.statusKnown ? CLASSES[statusClass(this.status[node])][1] : "circle";
      const key = `${shape === "ring"}${groups.of[node]}`;
      if (!paths.has(key)) paths.set(key, { ring: shape === "ring", group: groups.groups[groups.of[node]], path: new Path2D() });
      trace(paths.get(key).path, shape, x, y, r);
    }
    for (const { ring, group, path } of paths.values()) {
      ctx.lineWidth = ring ? 1.5 : 1;
      ctx.strokeStyle = ring ? group.color : look.paper;
      ctx.fillStyle = ring ? look.paper : group.color;
      ctx.fill(path);
      ctx.stroke(path);
    }
  }

  /* The links of one page: those out of it solid, those into it dashed. */
  drawStar(focus) {
    const { ctx, graph, look } = this;
    ctx.lineWidth = 1.2;
    for (const [others, color, dash] of [[graph.inlinks(focus), look.ink, [2, 3]], [graph.outlinks(focus), look.accent, []]]) {
      ctx.beginPath();
      ctx.setLineDash(dash);
      ctx.strokeStyle = color;
      ctx.globalAlpha = clamp(12 / Math.sqrt(others.length), 0.15, 0.7);
      for (const other of others) {
        ctx.moveTo(this.x(focus), this.y(focus));
        ctx.lineTo(this.x(other), this.y(other));
      }
      ctx.stroke();
    }
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }

  drawRing(focus) {
    const { ctx, look } = this;
    ctx.lineWidth = 2.5;
    ctx.strokeStyle = look.accent;
    ctx.beginPath();
    ctx.arc(this.x(focus), this.y(focus), this.radius(focus) + 4, 0, 7);
    ctx.stroke();
  }

  /* Names of the pages that count most here, none over another. */
  drawLabels(near, focus) {
    const { ctx, graph, look } = this, taken = [], closer = clamp(this.view.k / this.k0, 1, 2);
    const most = Math.max(5, this.width * this.height / 28000 * closer);
    ctx.font = `${this.width < 500 ? 11 : 12}px ${look.font}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.lineJoin = "round";
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = look.paper;
    ctx.fillStyle = look.ink;
    const order = near ? [focus, ...graph.order.filter((node) => node !== focus && near.has(node))] : graph.order;
    let tried = 0;
    for (const node of order) {
      const x = this.x(node), y = this.y(node) + this.radius(node) + 3;
      if (x < 0 || y < 0 || x > this.width || y > this.height - 14) continue;
      if (taken.length >= most || tried++ > 400) break;
      const letters = [...this.names[node]], text = letters.length > 30 ? `${letters.slice(0, 28).join("")}…` : letters.join("");
      const half = ctx.measureText(text).width / 2 + 4;
      const middle = clamp(x, half, Math.max(half, this.width - half));
      if (taken.some(([left, right, top]) => left < middle + half && middle - half < right && Math.abs(top - y) < 17)) continue;
      taken.push([middle - half, middle + half, y]);
      ctx.strokeText(text, middle, y);
      ctx.fillText(text, middle, y);
    }
  }
}

/* The links in the order of their source's group, so that one stroke has one colour. */
function byGroup(edges, groups) {
  const start = new Uint32Array(257), order = new Uint32Array(edges.length / 2);
  for (let i = 0; i < edges.length; i += 2) start[groups.of[edges[i]] + 1]++;
  for (let group = 0; group < 256; group++) start[group + 1] += start[group];
  for (let i = 0; i < edges.length; i += 2) order[start[groups.of[edges[i]]]++] = i / 2;
  return order;
}

function swatch(group) {
  const canvas = el("canvas", { width: 28, height: 28, "aria-hidden": "true" }), ctx = canvas.getContext("2d");
  trace(ctx, group.shape, 14, 14, 9);
  ctx.fillStyle = ctx.strokeStyle = group.color;
  ctx.lineWidth = 3;
  if (group.shape === "ring") ctx.stroke(); else ctx.fill();
  return canvas;
}

// ── figures come and go ─────────────────────────────────────────────────────────────────────

const maps = new Map();

/* Opens the maps of figures that are new, closes those of figures that are gone. */
function tend() {
  for (const [figure, map] of maps) {
    if (figure.isConnected && figure.dataset.graph === map.folder) {
      // A morph makes the figure as the server wrote it, which is without its map.
      if (map.body.parentNode !== figure) figure.prepend(map.body);
    } else {
      map.close();
      maps.delete(figure);
    }
  }
  for (const figure of document.querySelectorAll("figure.graph-map[data-graph]")) {
    if (!maps.has(figure)) maps.set(figure, new GraphMap(figure));
  }
}

new MutationObserver((changes) => {
  if (changes.some((change) => change.attributeName === "data-theme")) maps.forEach((map) => map.graph?.nodes && map.colour());
  tend();
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-graph", "data-theme"] });
tend();
