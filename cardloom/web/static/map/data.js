/* The files of a map (docs/graph-format.md): the manifest first, every other file when it is asked
   for. A file that is missing or cut short is one sentence, and no half of a map is shown. */

const TYPES = { f32: Float32Array, f64: Float64Array, u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array };

export async function openGraph(folder, signal) {
  const base = new URL(folder.replace(/\/*$/, "/"), location.href).href;
  const told = await (await fetched(base, "graph.json", signal)).json().catch(() => ({}));
  if (told.format !== "cardloom-graph" || told.version !== 2) {
    throw new Error("its file graph.json is not as this viewer reads it. Make the map again.");
  }
  return new Graph(base, told, signal);
}

export async function fetched(base, name, signal) {
  const reply = await fetch(base + encodeURIComponent(name), { signal });
  if (!reply.ok) throw new Error(`its file ${name} is missing (${reply.status}). Make the map again.`);
  return reply;
}

export async function numbersOf(base, { file, type, width = 1 }, rows, signal) {
  // Typed arrays have the byte order of the machine, and there is none left that is not little.
  const buffer = await (await fetched(base, file, signal)).arrayBuffer();
  if (rows !== null && buffer.byteLength !== rows * width * TYPES[type].BYTES_PER_ELEMENT) {
    throw new Error(`its file ${file} is not as graph.json says. Make the map again.`);
  }
  return new TYPES[type](buffer);
}

export class Graph {
  constructor(base, told, signal) {
    Object.assign(this, told, { base, told, signal });
    this.read = new Map(); // file → promise of its numbers
    this.values = new Map(); // column → its numbers, once read
    this.values.set("", new Uint8Array(0));
  }

  numbers(entry, rows) {
    if (!this.read.has(entry.file)) this.read.set(entry.file, numbersOf(this.base, entry, rows, this.signal));
    return this.read.get(entry.file);
  }

  named(name) { return this.columns.find((column) => column.name === name); }

  /* The numbers of a column that has any: number, date or category. */
  async column(name) {
    const values = await this.numbers(this.named(name), this.nodes);
    this.values.set(name, values);
    return values;
  }

  known(column, value) { return value === value && !(typeof column.missing === "number" && value === column.missing); }

  /* What a person reads of one cell. */
  tell(column, value) {
    if (!this.known(column, value)) return column.kind === "category" ? column.categories[value] ?? "none" : "none";
    if (column.kind === "category") return column.categories[value];
    if (column.kind === "date") return dated(value, column.day);
    return amount(value, column.unit);
  }
}

export function dated(seconds, day) {
  const iso = new Date(seconds * 1000).toISOString();
  return day ? iso.slice(0, 10) : iso.slice(0, 16).replace("T", " ");
}

export function amount(value, unit) {
  if (unit === "share") return `${(100 * value).toPrecision(2)} %`;
  const text = Number.isInteger(value) ? value.toLocaleString("en") : Number(value.toPrecision(4)).toLocaleString("en");
  return unit ? `${text} ${unit}` : text;
}

/* The nodes by ascending share, by sorting numbers that hold both: no comparing function is called. */
export function ascending(share) {
  const bits = new Uint32Array(share.buffer, share.byteOffset, share.length), keys = new Float64Array(share.length);
  for (let node = 0; node < share.length; node++) keys[node] = (bits[node] >>> 2) * 8388608 + node;
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 8388608);
}
