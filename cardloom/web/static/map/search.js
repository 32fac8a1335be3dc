/* Search in many lines. Beside the lines as they are, packed in UTF-8, lives a copy in small letters
   with one character for each byte: a browser finds a word in one long string many times faster
   than any loop over bytes does. A to Z count as a to z; a letter beyond ASCII is looked for as
   typed and in its small and large form. */

const PART = 1 << 27; // bytes: browsers take strings of up to four times as many
const SAMPLE = 61; // of so many characters one is counted
const PROBE = 6; // characters; of longer ones V8 does not leap to the first
const bytewise = new TextDecoder("windows-1252"); // each byte becomes a character of its own

function small(bytes) {
  const copy = new Uint8Array(bytes);
  for (let i = 0; i < copy.length; i++) if (copy[i] >= 65 && copy[i] <= 90) copy[i] += 32;
  return bytewise.decode(copy);
}

/* The copy to search in: long strings of whole lines, and where in the bytes each begins. */
export function searchable(bytes, offsets, most = PART) {
  const parts = [], lines = offsets.length - 1;
  for (let first = 0, end; first < lines; first = end) {
    const start = offsets[first];
    end = start + most >= offsets[lines] ? lines : Math.max(first + 1, lineOf(offsets, first, start + most));
    parts.push({ first, start, all: small(bytes.subarray(start, offsets[end])) });
  }
  return parts;
}

/* How often each character stands in the texts, by a sample of them. */
export function frequencies(texts) {
  const counts = new Uint32Array(256);
  for (const { parts } of texts) for (const { all } of parts) {
    for (let i = 0; i < all.length; i += SAMPLE) counts[all.charCodeAt(i) & 255]++;
  }
  return counts;
}

/* A word to look for: its rarest character with the few after it, which a browser leaps to, and how
   far into the word they begin. The last character alone would be found too often. */
function probed(whole, counts) {
  const rarity = [...whole.slice(0, -1) || whole].map((letter) => counts[letter.charCodeAt(0) & 255]);
  const often = Math.min(...rarity), begins = rarity.indexOf(often);
  return { whole, begins, probe: whole.slice(begins, begins + PROBE), often };
}

const spellings = (word) =>
  [...new Set([word, word.toLowerCase(), word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()]
    .map((way) => small(new TextEncoder().encode(way))))];

/* The words of a question, that with the rarest character first, each in all its spellings. */
export const readWords = (text, counts) => text.split(/\s+/).filter(Boolean).slice(0, 8)
  .map((word) => spellings(word).map((way) => probed(way, counts))).sort((a, b) => a[0].often - b[0].often);

function lineAt({ parts, offsets }, node) {
  const { start, all } = parts.length === 1 ? parts[0] : parts.findLast((part) => part.first <= node);
  return all.slice(offsets[node] - start, offsets[node + 1] - 1 - start);
}

/* Whether the lines of a node have all the words, from number `from` on. It is asked a hundred thousand
   times for one question: hence loops. */
export function matches(texts, words, node, from = 0) {
  for (let i = from; i < words.length; i++) if (!has(texts, words[i], node)) return false;
  return true;
}

function has(texts, word, node) {
  for (const text of texts) {
    const line = lineAt(text, node);
    for (const { whole } of word) if (line.includes(whole)) return true;
  }
  return false;
}

/* Marks every node whose lines have all the words, and tells now and then how many there are. */
export function* marking(texts, words, marks) {
  const tried = words.length > 1 ? new Uint8Array(marks.length) : marks;
  let found = 0, steps = 0;
  for (const { whole, begins, probe } of words[0]) for (const { parts, offsets } of texts) for (const { first, start, all } of parts) {
    for (let node = first, at = 0; (at = all.indexOf(probe, at)) >= 0;) {
      if ((++steps & 1023) === 0) yield found;
      if (!all.startsWith(whole, at - begins)) { at++; continue; }
      node = lineOf(offsets, node, start + at);
      if (!tried[node]) {
        tried[node] = 1;
        if (matches(texts, words, node, 1)) { marks[node] = 1; found++; }
      }
      at = offsets[node + 1] - start;
    }
  }
  return found;
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
