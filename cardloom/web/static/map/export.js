/* What one takes along, made here in the browser: a picture to print, a drawing, a table, a graph
   for Gephi. A crawled text never becomes a formula in a spreadsheet or an element in a document. */

import { save } from "./element.js";
import { widened } from "./view.js";

const PRINT = 4_096; // pixels of the longer side
const PART = 5_000; // pages told at once
const MOST_DRAWN = 5_000;

/* A PNG of the view, the longer side 4,096 pixels where the GPU can. */
export async function savePng(picture, name) {
  const { painter, view, graph, look } = picture, { gl } = painter;
  const most = Math.min(PRINT, gl.getParameter(gl.MAX_TEXTURE_SIZE)), ratio = most / Math.max(view.width, view.height);
  const seen = { ...widened(view, 0), ratio };
  const width = Math.round(view.width * ratio), height = Math.round(view.height * ratio);
  const target = () => painter.layer("print", width, height);
  const scale = Math.min(ratio, 2), turn = picture.turn;
  let pixels = null;
  const finish = (sums, gain) => {
    const ground = painter.layer("print-ground", Math.round(view.width * scale), Math.round(view.height * scale));
    painter.begin(ground);
    if (sums) painter.drawTone(sums, gain, look.dark ? 0.62 : 0.55);
    painter.begin(target());
    painter.drawGround(ground, seen, seen, picture.marked.length ? 0.22 : 1);
    painter.drawPoints(picture.points, seen, picture.radii(), 0, graph.nodes, { paper: look.paperRgb, ratio, fade: picture.marked.length ? 0.22 : 1 });
    if (picture.lines.length) picture.drawLines(seen, [width, height]);
    if (picture.marked.length) painter.drawPoints(picture.lit, seen, picture.litRadii(), 0, picture.marked.length, { paper: look.paperRgb, ratio });
    pixels = new Uint8ClampedArray(width * height * 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target().frame);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  };
  if (picture.linkMode !== "none" && picture.edges) {
    const telling = graph.edges.telling ?? graph.links;
    await picture.links.draw({ edges: picture.edges.subarray(0, 2 * (picture.linkMode === "main" ? telling : graph.links)), telling, positions: graph.at, inks: picture.inks, shown: picture.shown, wanted: null },
      seen, { scale, moved: () => turn !== picture.turn, layer: "print-sums", show: finish });
  }
  if (!pixels) finish(null, 0);
  for (const layer of ["print", "print-ground", "print-sums"]) painter.drop(layer);
  save(`${name}.png`, await toPng(pixels, width, height, picture, seen, ratio));
}

function toPng(pixels, width, height, picture, seen, ratio) {
  const raw = document.createElement("canvas"), canvas = document.createElement("canvas");
  for (const one of [raw, canvas]) Object.assign(one, { width, height });
  for (let i = 0; i < pixels.length; i += 4) { // what WebGL made is multiplied by its alpha
    const a = pixels[i + 3] / 255 || 1;
    for (let c = 0; c < 3; c++) pixels[i + c] = pixels[i + c] / a;
  }
  raw.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  const ctx = canvas.getContext("2d"), { labels, look } = picture, { drawn } = labels;
  ctx.fillStyle = look.paper;
  ctx.fillRect(0, 0, width, height);
  ctx.translate(0, height);
  ctx.scale(1, -1);
  ctx.drawImage(raw, 0, 0);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  Object.assign(labels, { drawn: new Map(), look: { ...labels.look, ratio } });
  labels.paint(seen, ctx);
  Object.assign(labels, { drawn, look: { ...look, ratio: picture.view.ratio } });
  return new Promise((tell) => canvas.toBlob(tell, "image/png"));
}

export const escapeXml = (text) => String(text).replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
  .replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/* An SVG of these pages, or of those in view, with the links among them. */
export async function saveSvg(picture, clerk, nodes, name) {
  const { view, graph, look, shown } = picture, at = graph.at;
  const within = nodes.length ? nodes : [...picture.order].reverse().filter((node) => shown[node]
    && Math.abs(view.sx(at[2 * node]) - view.width / 2) < view.width / 2 && Math.abs(view.sy(at[2 * node + 1]) - view.height / 2) < view.height / 2);
  const taken = within.slice(0, MOST_DRAWN), kept = new Set(taken), fixed = (value) => value.toFixed(2);
  await clerk.learn(taken);
  const hex = (ink) => `#${[0, 8, 16].map((shift) => (ink >>> shift & 255).toString(16).padStart(2, "0")).join("")}`;
  const lines = [];
  for (let i = 0; i < picture.edges.length && lines.length < 40_000; i += 2) {
    const a = picture.edges[i], b = picture.edges[i + 1];
    if (kept.has(a) && kept.has(b)) lines.push(`<path d="M${fixed(view.sx(at[2 * a]))} ${fixed(view.sy(at[2 * a + 1]))}L${fixed(view.sx(at[2 * b]))} ${fixed(view.sy(at[2 * b + 1]))}" stroke="${hex(picture.inks[a])}"/>`);
  }
  const dots = taken.map((node) => `<circle cx="${fixed(view.sx(at[2 * node]))}" cy="${fixed(view.sy(at[2 * node + 1]))}" r="${fixed(picture.radius(node))}" fill="${hex(picture.inks[node])}"><title>${escapeXml(clerk.line(node).title || clerk.line(node).url)}</title></circle>`);
  const names = picture.labels.placed.map((one) => `<text x="${fixed(view.sx(one.x))}" y="${fixed(view.sy(one.y) + (one.place ? 0 : one.gap + one.size))}" font-size="${one.size}" font-weight="${one.place ? 600 : 400}">${escapeXml(one.text)}</text>`);
  save(`${name}.svg`, [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${view.width} ${view.height}"><rect width="100%" height="100%" fill="${look.paper}"/><g fill="none" stroke-opacity=".25" stroke-width=".7">`,
    ...lines, "</g><g>", ...dots, `</g><g font-family="sans-serif" text-anchor="middle" fill="${look.ink}" stroke="${look.paper}" stroke-width="3" paint-order="stroke">`, ...names, "</g></svg>"], "image/svg+xml");
}

const cell = (value) => {
  const text = String(value ?? ""), safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/* A CSV of these pages with all their columns. */
export async function saveCsv(graph, clerk, nodes, name) {
  const columns = graph.columns, numbers = await Promise.all(columns.map((column) => column.kind === "text" ? null : graph.column(column.name)));
  const parts = [`\ufeff${["url", "title", ...columns.map((column) => column.name)].map(cell).join(",")}\r\n`];
  for (let from = 0; from < nodes.length; from += PART) {
    const some = nodes.slice(from, from + PART), lines = await clerk.ask("lines", { nodes: some });
    const texts = await Promise.all(columns.map((column) => column.kind === "text" ? clerk.ask("cells", { column: column.name, nodes: some }) : null));
    parts.push(some.map((node, i) => [lines[i].url, lines[i].title, ...columns.map((column, c) => texts[c] ? texts[c][i] : plain(graph, column, numbers[c][node]))].map(cell).join(",")).join("\r\n"), "\r\n");
  }
  save(`${name}.csv`, parts, "text/csv");
}

function plain(graph, column, value) {
  if (!graph.known(column, value)) return "";
  return column.kind === "number" ? value : graph.tell(column, value);
}

/* A GEXF 1.3 of these pages and the links among them, with places, colours, sizes and columns. */
export async function saveGexf(picture, clerk, nodes, name) {
  const { graph, edges, inks } = picture, columns = graph.columns.filter((column) => column.kind !== "text");
  const numbers = await Promise.all(columns.map((column) => graph.column(column.name))), at = graph.at;
  const kinds = { number: "double", category: "string", date: "string" };
  const parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3"><graph defaultedgetype="directed"><attributes class="node"><attribute id="url" title="url" type="string"/>',
    ...columns.map((column, i) => `<attribute id="${i}" title="${escapeXml(column.name)}" type="${kinds[column.kind]}"/>`), "</attributes>\n<nodes>\n"];
  for (let from = 0; from < nodes.length; from += PART) {
    const some = nodes.slice(from, from + PART), lines = await clerk.ask("lines", { nodes: some });
    parts.push(some.map((node, i) => {
      const ink = inks[node], told = columns.map((column, c) => graph.known(column, numbers[c][node]) ? `<attvalue for="${c}" value="${escapeXml(plain(graph, column, numbers[c][node]))}"/>` : "");
      return `<node id="${node}" label="${escapeXml(lines[i].title || lines[i].url)}"><attvalues><attvalue for="url" value="${escapeXml(lines[i].url)}"/>${told.join("")}</attvalues><viz:position x="${(1000 * at[2 * node]).toFixed(2)}" y="${(1000 * at[2 * node + 1]).toFixed(2)}"/><viz:size value="${(1 + 9 * picture.share[node]).toFixed(2)}"/><viz:color r="${ink & 255}" g="${ink >>> 8 & 255}" b="${ink >>> 16 & 255}"/></node>\n`;
    }).join(""));
  }
  parts.push("</nodes>\n<edges>\n");
  const kept = new Uint8Array(graph.nodes);
  for (const node of nodes) kept[node] = 1;
  let some = [];
  for (let i = 0; i < edges.length; i += 2) {
    if (kept[edges[i]] && kept[edges[i + 1]]) some.push(`<edge id="${i / 2}" source="${edges[i]}" target="${edges[i + 1]}"/>\n`);
    if (some.length >= 20_000) { parts.push(some.join("")); some = []; await new Promise((go) => setTimeout(go)); }
  }
  parts.push(some.join(""), "</edges></graph></gexf>\n");
  save(`${name}.gexf`, parts, "application/xml");
}
