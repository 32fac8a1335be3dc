/* What the map asks beside its picture: names, search, neighbours, shortest paths. It runs in a
   worker, so that none of it holds a frame up. One question in, one answer out, by number. */

import { ascending, fetched, numbersOf } from "./data.js";
import { frequencies, marking, matches, readWords, searchable } from "./search.js";

const HITS = 100, LEADING = 10_000, PATIENCE = 25; // entries, nodes, milliseconds
const decoder = new TextDecoder();
let told, base, texts = {}, searched, counts, order, ready;

const acts = {
  open(asked) {
    ({ told, base } = asked);
    ready = Promise.all([text("urls", told.urls), text("titles", told.titles), importance()]).then(() => {
      searched = [texts.urls, texts.titles].map(({ bytes, offsets }) => ({ offsets, parts: searchable(bytes, offsets) }));
      counts = frequencies(searched);
    });
    return ready;
  },

  lines({ nodes }) { return nodes.map((node) => ({ url: line("urls", node), title: line("titles", node) })); },

  async cells({ column, nodes }) {
    const name = `text-${column}`;
    if (!texts[name]) await text(name, told.columns.find((one) => one.name === column));
    return nodes.map((node) => line(name, node));
  },

  /* The pages whose address or title has all words, the most important first, and how many. A rare
     word is looked for to the end; of one that stands on many pages, the most important are found
     and the rest are counted in time. */
  search({ query }) {
    const words = readWords(query, counts), began = performance.now();
    if (!words.length) return { hits: [], found: 0, whole: true, ms: 0 };
    const marks = new Uint8Array(told.nodes), scan = marking(searched, words, marks);
    let step;
    do step = scan.next(); while (!step.done && (step.value < HITS || performance.now() - began < PATIENCE));
    let { value: found, done: whole } = step;
    for (let i = 0; !whole && i < LEADING && i < order.length; i++) {
      if (!marks[order[i]] && matches(searched, words, order[i])) { marks[order[i]] = 1; found++; }
    }
    const hits = [];
    for (let i = 0; i < order.length && hits.length < HITS; i++) if (marks[order[i]]) hits.push(order[i]);
    return { hits, found, whole, ms: performance.now() - began };
  },

  /* A mark for each node: 1 where the address or title has all words. */
  mark({ query }) {
    const words = readWords(query, counts), marks = new Uint8Array(told.nodes);
    if (!words.length) return marks.fill(1);
    for (const _ of marking(searched, words, marks));
    return marks;
  },

  async neighbours({ node }) {
    const [to, from] = await Promise.all([csr("outlinks"), csr("inlinks")]);
    return { out: to.others.slice(to.starts[node], to.starts[node + 1]), in: from.others.slice(from.starts[node], from.starts[node + 1]) };
  },

  /* The nodes of a shortest way along links from one page to another, or null. */
  async path({ from, to }) {
    const { starts, others } = await csr("outlinks");
    const before = new Int32Array(told.nodes).fill(-1), queue = new Uint32Array(told.nodes);
    let head = 0, tail = 1;
    queue[0] = from;
    before[from] = from;
    while (head < tail && before[to] < 0) {
      const node = queue[head++];
      for (let i = starts[node]; i < starts[node + 1]; i++) {
        if (before[others[i]] < 0) { before[others[i]] = node; queue[tail++] = others[i]; }
      }
    }
    if (before[to] < 0) return null;
    const way = [to];
    while (way[0] !== from) way.unshift(before[way[0]]);
    return way;
  },
};

async function text(name, entry) {
  const packed = (await fetched(base, entry.file)).body.pipeThrough(new DecompressionStream("gzip"));
  const [buffer, offsets] = await Promise.all([new Response(packed).arrayBuffer(), numbersOf(base, entry.offsets, told.nodes + 1)]);
  if (buffer.byteLength !== entry.size) throw new Error(`its file ${entry.file} is not as graph.json says. Make the map again.`);
  texts[name] = { bytes: new Uint8Array(buffer), offsets };
}

function line(name, node) {
  const { bytes, offsets } = texts[name];
  return decoder.decode(bytes.subarray(offsets[node], offsets[node + 1] - 1));
}

async function importance() {
  const rank = await numbersOf(base, told.columns.find((column) => column.name === "pagerank"), told.nodes);
  order = ascending(rank).reverse();
}

const sides = {};
function csr(side) {
  return sides[side] ??= Promise.all([
    numbersOf(base, told[side].offsets, told.nodes + 1), numbersOf(base, told[side].nodes, told.links),
  ]).then(([starts, others]) => ({ starts, others }));
}

onmessage = async ({ data: { id, what, asked } }) => {
  try {
    if (what !== "open") await ready;
    postMessage({ id, answer: await acts[what](asked) });
  } catch (error) {
    postMessage({ id, wrong: String(error.message) });
  }
};
