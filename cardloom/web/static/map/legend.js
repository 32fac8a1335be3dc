/* What the colours mean: each category with its count, to be pressed to see it alone; or a scale. */

import { button, el, thousands } from "./element.js";
import { rgb } from "./colors.js";

export function legendOf(column, colors, only) {
  const list = el("ul", { class: "graph-legend", "aria-label": `Legend: ${column.label}` });
  if (colors.ramp) {
    list.append(el("li", { class: "graph-scale" }, bar(colors.ramp), el("span", { class: "graph-ticks" }, ...colors.ticks.map((tick) => el("span", {}, tick)))));
    if (colors.missing) list.append(el("li", {}, swatch(colors.none), el("span", {}, "none"), el("small", {}, thousands(colors.missing))));
    return list;
  }
  for (const entry of colors.entries) {
    const rule = entry.category !== undefined ? { set: new Set([entry.category]) } : entry.range ? { low: entry.range[0], high: entry.range[1] } : null;
    const parts = [swatch(entry.color), el("span", {}, entry.label), el("small", {}, thousands(entry.count))];
    const press = rule && button("", () => {
      const alone = press.getAttribute("aria-pressed") !== "true";
      for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      press.setAttribute("aria-pressed", String(alone));
      only(column.name, alone ? rule : null);
    }, { "aria-pressed": "false", title: `Show only ${entry.label}` });
    press?.append(...parts);
    list.append(el("li", {}, ...(press ? [press] : parts)));
  }
  return list;
}

function swatch(color) {
  const canvas = el("canvas", { width: 24, height: 24, "aria-hidden": "true" }), ctx = canvas.getContext("2d");
  ctx.fillStyle = color;
  ctx.arc(12, 12, 9, 0, 7);
  ctx.fill();
  return canvas;
}

function bar(ramp) {
  const canvas = el("canvas", { width: 240, height: 12, "aria-hidden": "true" }), ctx = canvas.getContext("2d");
  const fade = ctx.createLinearGradient(0, 0, 240, 0);
  ramp.forEach((color, i) => fade.addColorStop(i / (ramp.length - 1), `rgb(${rgb(color).join(" ")})`));
  ctx.fillStyle = fade;
  ctx.fillRect(0, 0, 240, 12);
  return canvas;
}
