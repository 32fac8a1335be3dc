/* Colours of pages: categories get one of ten that eyes of every kind tell apart (after Paul Tol's
   muted set), the next ten a lighter or darker kin of them, and the rest grey. Numbers get a scale
   whose lightness tells as much as its hue. */

const LIGHT = ["#4a43bd", "#d58a1f", "#259485", "#c8546c", "#4f9fd6", "#2f7a3c", "#a8479b", "#8f8a24", "#8a2c57", "#8c6d46"];
const DARK = ["#a7a2ff", "#eab25c", "#52c9b4", "#f08a9b", "#86c8f5", "#6fc079", "#e08fd2", "#cdc758", "#e07aa2", "#cda97a"];
const NONE = { light: "#a9a8a2", dark: "#6c6d76" };
// From little to much: on paper the strong end is dark, on the dark ground it is bright.
const RAMP = { light: ["#d9c25a", "#8fbf6b", "#3fa58a", "#2f7f9f", "#4057a8", "#3a2580"], dark: ["#4a3f9c", "#4467b8", "#3b8fb0", "#45b491", "#a3cf6a", "#f7e37a"] };
const STATUS = [["no answer", null], ["1xx", 9], ["2xx fine", 2], ["3xx redirect", 1], ["4xx not found or refused", 3], ["5xx server error", 6]];

export const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const packed = (hex) => { const [r, g, b] = rgb(hex); return (255 << 24 | b << 16 | g << 8 | r) >>> 0; };

const mixed = (hex, other, part) => `#${rgb(hex).map((one, i) => Math.round(one + (rgb(other)[i] - one) * part).toString(16).padStart(2, "0")).join("")}`;

/* The colour of every node (0xAABBGGRR), and a legend: entries with a label, a colour, a count and
   what to filter by, or a scale from min to max. */
export function colored(graph, column, values, dark) {
  const palette = dark ? [...DARK, ...DARK.map((hex) => mixed(hex, "#202127", 0.45))] : [...LIGHT, ...LIGHT.map((hex) => mixed(hex, "#fffefb", 0.5))], none = dark ? NONE.dark : NONE.light;
  if (column.name === "status") return byStatus(values, palette, none);
  if (column.kind === "category") return byCategory(column, values, palette, none);
  return byNumber(graph, column, values, dark ? RAMP.dark : RAMP.light, none);
}

function byStatus(values, palette, none) {
  const colors = STATUS.map(([, index]) => index === null ? none : palette[index]), inks = colors.map(packed);
  const counts = new Array(6).fill(0), of = new Uint32Array(values.length);
  values.forEach((status, node) => {
    const group = Math.min(5, Math.max(0, Math.floor(status / 100)));
    counts[group]++;
    of[node] = inks[group];
  });
  const entries = STATUS.map(([label], i) => ({ label, color: colors[i], count: counts[i], range: i ? [100 * i, 100 * i + 99] : [0, 99] }));
  return { of, entries: entries.filter((entry) => entry.count) };
}

function byCategory(column, values, palette, none) {
  // Places lie apart from one another, so their colours may come again; other kinds may lie anywhere.
  const again = column.name === "community", many = column.categories.length;
  const color = (index) => index === column.missing ? none : again ? palette[index % 10] : palette[index] ?? none;
  const inks = Uint32Array.from({ length: many }, (_, index) => packed(color(index)));
  const of = new Uint32Array(values.length);
  for (let node = 0; node < values.length; node++) of[node] = inks[values[node]];
  const most = again ? 10 : palette.length, shown = many > most + 1 ? most : many;
  const entries = column.categories.slice(0, shown).map((label, index) => ({ label, color: color(index), count: column.counts[index], category: index }));
  const rest = column.counts.slice(shown).reduce((sum, one) => sum + one, 0);
  if (rest) entries.push({ label: again ? `${many - shown} more, colours come again` : `${many - shown} others`, color: none, count: rest });
  return { of, entries };
}

function byNumber(graph, column, values, ramp, none) {
  const stops = ramp.map(rgb), nothing = packed(none), of = new Uint32Array(values.length);
  const { share, back } = scale(column, values, graph);
  const inks = Uint32Array.from({ length: 256 }, (_, i) => {
    const at = i / 255 * (stops.length - 1), low = Math.min(stops.length - 2, Math.floor(at)), part = at - low;
    const [r, g, b] = [0, 1, 2].map((c) => Math.round(stops[low][c] + (stops[low + 1][c] - stops[low][c]) * part));
    return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  });
  let missing = 0;
  for (let node = 0; node < values.length; node++) {
    if (graph.known(column, values[node])) of[node] = inks[Math.round(255 * share(values[node]))];
    else { of[node] = nothing; missing++; }
  }
  return { of, ramp, ticks: [0, 0.5, 1].map((part) => graph.tell(column, back(part))), missing, none };
}

/* Values as shares of 0..1: by their logarithm where most are small and few are huge. */
export function scale(column, values, graph) {
  const low = column.min ?? 0, high = column.max ?? 1, sample = [];
  const step = Math.max(1, Math.floor(values.length / 5_000));
  for (let i = 0; i < values.length; i += step) if (graph.known(column, values[i])) sample.push(values[i]);
  sample.sort((a, b) => a - b);
  const middle = sample[sample.length >> 1] ?? low;
  const whole = (value) => column.whole || column.kind === "date" ? Math.round(value) : value;
  if (low >= 0 && middle - low < (high - low) / 20 && high > low) {
    const unit = Math.max((middle - low) / 2, (high - low) / 1e6), span = Math.log1p((high - low) / unit);
    return { share: (value) => Math.log1p((value - low) / unit) / span, back: (part) => whole(low + Math.expm1(part * span) * unit) };
  }
  return { share: (value) => high > low ? (value - low) / (high - low) : 0.5, back: (part) => whole(low + part * (high - low)) };
}
