/* A moment of the map as the part of an address after #, and back: where one looks, at what, and
   through which filters. What an address holds is anyone's text: what is no sense is left out. */

const LIT = 500; // pages that an address can name one by one

/* `chosen` is {page}, {way: [from, to]}, {finding: name} or {ids}; `rules` a map of filters by column. */
export function writeMoment({ view, color, size, links, query, rules, chosen }) {
  const told = new URLSearchParams();
  if (!view.fitted) told.set("at", [view.x.toFixed(4), view.y.toFixed(4), view.zoom.toFixed(3)].join(","));
  for (const [key, value] of Object.entries({ color, size, links, words: query })) if (value) told.set(key, value);
  for (const [name, rule] of rules) told.append("only", `${name}~${writeRule(rule)}`);
  if (chosen.page !== undefined) told.set("page", chosen.page);
  else if (chosen.way) told.set("way", chosen.way.join(","));
  else if (chosen.finding) told.set("finding", chosen.finding);
  else if (chosen.ids?.length && chosen.ids.length <= LIT) told.set("ids", chosen.ids.join(","));
  return told.toString().replaceAll("%2C", ",").replaceAll("%7E", "~");
}

export function readMoment(hash, graph) {
  const told = new URLSearchParams(hash.replace(/^#/, "")), at = (told.get("at") ?? "").split(",").map(Number);
  const [page] = readIds(told.get("page") ?? "", graph.nodes), way = readIds(told.get("way") ?? "", graph.nodes), finding = told.get("finding");
  return {
    at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null,
    color: told.get("color"), size: told.get("size"), links: told.get("links"), query: told.get("words") ?? "",
    rules: new Map(told.getAll("only").map((text) => readRule(text, graph)).filter(Boolean)),
    chosen: page !== undefined ? { page } : way.length === 2 ? { way } : finding ? { finding } : { ids: readIds(told.get("ids") ?? "", graph.nodes) },
  };
}

/* Pages named by number, each once; what is no page of the map is left out. */
export const readIds = (text, nodes) => [...new Set(String(text).split(",").map((one) => one.trim())
  .filter((one) => /^\d{1,9}$/.test(one) && Number(one) < nodes).map(Number))];

function writeRule(rule) {
  if (rule.set) return [...rule.set].join(",");
  return [rule.low, rule.high].map((end) => Number.isFinite(end) ? end : "").join("..");
}

function readRule(text, graph) {
  const cut = text.lastIndexOf("~"), name = text.slice(0, cut), column = graph.named(name), told = text.slice(cut + 1);
  if (cut < 0 || !column || column.kind === "text") return null;
  const [low, high] = told.split("..");
  const numbers = high === undefined ? told.split(",").map(Number) : [low === "" ? -Infinity : Number(low), high === "" ? Infinity : Number(high)];
  if (!told || numbers.some(Number.isNaN)) return null;
  return [name, high === undefined ? { set: new Set(numbers) } : { low: numbers[0], high: numbers[1] }];
}
