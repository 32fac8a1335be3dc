"""The search of the map against one that only Python's own `in` does."""

import random

import pytest

pytestmark = pytest.mark.browser

ALPHABET = "aabbcdeE01-/. éÉßñ漢字–"
SEARCH = """async ([urls, titles, queries, most]) => {
  const script = document.querySelector('script[src$="cardloom.js"]');
  const place = script.src.replace("cardloom.js", "map/search.js");
  const { frequencies, marking, readWords, searchable } = await import(place);
  const packed = (lines) => {
    const bytes = new TextEncoder().encode(lines.map((line) => line + "\\n").join(""));
    const offsets = new Uint32Array(lines.length + 1);
    lines.forEach((line, i) => { offsets[i + 1] = offsets[i] + new TextEncoder().encode(line).length + 1; });
    return { offsets, parts: searchable(bytes, offsets, most) };
  };
  const texts = [packed(urls), packed(titles)], counts = frequencies(texts);
  return queries.map((query) => {
    const marks = new Uint8Array(urls.length), scan = marking(texts, readWords(query, counts), marks);
    let step;
    do step = scan.next(); while (!step.done);
    return [step.value, [...marks.keys()].filter((node) => marks[node])];
  });
}"""


def small(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def holds(line: str, word: str) -> bool:
    """A to Z as a to z; other letters as typed, all small, all large, or the first one large."""
    ways = {word, word.lower(), word.upper(), word[:1].upper() + word[1:].lower()}
    return any(small(way) in small(line) for way in ways)


@pytest.mark.parametrize("most", [1 << 27, 4_000, 30])  # bytes in one of its strings
def test_it_finds_what_a_plain_look_at_every_line_finds(server, window, most):
    dice = random.Random(8)
    made = lambda most: "".join(dice.choices(ALPHABET, k=dice.randint(0, most))).strip()  # noqa: E731
    urls = [f"https://example.org/{made(12)}" for _ in range(3_000)]
    titles = [made(15) for _ in urls]
    queries = [
        "e",
        "https",
        "org/",
        "no such thing",
        "É",
        "漢字",
        "–",
        "example.org",
        urls[0],
        urls[-1],
    ]
    queries += [titles[-1] or "a", "b\taa", "0 1 c", urls[7].upper()]
    queries += [query for _ in range(150) if (query := made(4))]

    page = window.tab()
    page.goto(server.address)
    found = page.evaluate(SEARCH, [urls, titles, queries, most])

    for query, (count, nodes) in zip(queries, found, strict=True):
        expected = [
            node
            for node, lines in enumerate(zip(urls, titles, strict=True))
            if all(any(holds(line, word) for line in lines) for word in query.split())
        ]
        assert nodes == expected, query
        assert count == len(expected)
