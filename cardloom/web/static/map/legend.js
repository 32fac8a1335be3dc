/* What the colours mean: each category with its count, to be pressed to see it alone; or a scale. */

import { button, el, thousands } from "./element.js";
import { rgb } from "./colors.js";

/* `only(rule)` is called when an entry is pressed; `press(rule)` shows which rule holds now. */
export function legendOf(column, colors, only) {
  const presses = [], list = el("ul", { class: "graph-legend", "aria-label": `Legend: ${column.label}` });
  if (colors.ramp) {
    list.append(el("li", { class: "graph-scale" }, bar(colors.ramp), el("span", { class: "graph-ticks" }, ...colors.ticks.map((tick) => el("span", {}, tick)))));
    if (colors.missing) list.append(el("li", {}, swatch(colors.none), el("span", {}, "none"), el("small", {}, thousands(colors.missing))));
    return { list, press() {} };
  }
  for (const entry of colors.entries) {
    const rule = entry.category !== undefined ? { set: new Set([entry.category]) } : entry.range ? { low: entry.range[0], high: entry.range[1] } : null;
    const parts = [swatch(entry.color), el("span", {}, entry.label), el("small", {}, thousands(entry.count))];
    const press = rule && button("", () => only(press.getAttribute("aria-pressed") === "true" ? null : rule), { "aria-pressed": "false", title: `Show only ${entry.label}` });
    press?.append(...parts);
    if (press) presses.push([press, rule]);
    list.append(el("li", {}, ...(press ? [press] : [el("span", { class: "graph-entry" }, ...parts)])));
  }
  return { list, press(held) { for (const [press, rule] of presses) press.setAttribute("aria-pressed", String(same(held, rule))); } };
}

/* Whether a filter that holds lets just this entry through, or it among others. */
function same(held, rule) {
  if (!held) return false;
  return rule.set ? Boolean(held.set?.has([...rule.set][0])) : held.low === rule.low && held.high === rule.high;
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
