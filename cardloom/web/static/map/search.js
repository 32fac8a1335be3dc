/* Search in packed lines of UTF-8, byte by byte, without a string for each line. A to Z count as
   a to z; a letter beyond ASCII is looked for as typed and in its small and large form. */

export const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => byte >= 65 && byte <= 90 ? byte + 32 : byte);

export function folded(text) {
  return new TextEncoder().encode(text).map((byte) => FOLD[byte]);
}

export const spellings = (word) =>
  [...new Set([word, word.toLowerCase(), word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()])]
    .map(folded).filter((bytes, i, all) => all.findIndex((other) => `${other}` === `${bytes}`) === i);

/* Where `word` stands in bytes from..to, or -1: Horspool's way, most bytes are never looked at. */
export function findBytes(bytes, word, skips, from, to) {
  const last = word.length - 1, end = to - word.length;
  let at = from;
  while (at <= end) {
    const byte = FOLD[bytes[at + last]];
    if (byte === word[last]) {
      let i = last - 1;
      while (i >= 0 && FOLD[bytes[at + i]] === word[i]) i--;
      if (i < 0) return at;
    }
    at += skips[byte];
  }
  return -1;
}

export function skipsOf(word) {
  const skips = new Int32Array(256).fill(word.length);
  for (let i = 0; i < word.length - 1; i++) skips[word[i]] = word.length - 1 - i;
  return skips;
}

/* The words of a question, ready to be looked for: each in all its spellings. */
export const readWords = (text) => text.split(/\s+/).filter(Boolean).slice(0, 8)
  .map((word) => spellings(word).map((bytes) => ({ bytes, skips: skipsOf(bytes) })))
  .sort((a, b) => b[0].bytes.length - a[0].bytes.length);

const inLine = ({ bytes, offsets }, word, node) => word.some((way) =>
  findBytes(bytes, way.bytes, way.skips, offsets[node], offsets[node + 1] - 1) >= 0);

export const matches = (texts, words, node) => words.every((word) => texts.some((text) => inLine(text, word, node)));

/* Marks every node one of whose lines has all the words, until `late()`: how many, and whether all were seen. */
export function markAll(texts, words, marks, late) {
  let found = 0, steps = 0;
  for (const way of words[0]) for (const text of texts) {
    const { bytes, offsets } = text, nodes = offsets.length - 1;
    let node = 0, at = 0;
    while ((at = findBytes(bytes, way.bytes, way.skips, at, offsets[nodes])) >= 0) {
      node = lineOf(offsets, node, at);
      if (!marks[node] && (words.length === 1 || matches(texts, words, node))) { marks[node] = 1; found++; }
      at = offsets[node + 1];
      if ((++steps & 1023) === 0 && late()) return { found, whole: false };
    }
  }
  return { found, whole: true };
}

/* The line of byte `at`, which is not before line `from`: looks ahead in doubling steps. */
function lineOf(offsets, from, at) {
  let step = 1, low = from;
  const last = offsets.length - 2;
  while (low + step <= last && offsets[low + step] <= at) { low += step; step *= 2; }
  let high = Math.min(low + step, last + 1);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= at) low = middle; else high = middle;
  }
  return low;
}
