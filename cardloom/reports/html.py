"""A document as one HTML file that opens anywhere, with no network and no script.

It stands here and not in `ui/` so that a terminal writes it without loading the page's rooms: all
of it is text put through `html.escape` into a dozen fixed elements. Its own content policy allows
its one style sheet and pictures as data, and nothing else.
"""

from collections.abc import Callable, Sequence
from html import escape

from cardloom import markdown
from cardloom.brief import file_size
from cardloom.engine import Bars, Facts, Markdown, Table
from cardloom.reports.document import Block, Heading, Items, Line, Pairs, Picture, Pre
from cardloom.reports.spelling import cell, data_address, is_number

MOST_PICTURE = 2_000_000  # bytes of one picture that is put into the page
MOST_PICTURES = 20_000_000  # and of all of them

# No raw HTML, and no pictures: they would be fetched from wherever the text says.

STYLE = """
:root { color-scheme: light dark; --ink: #22252c; --muted: #5d6470; --line: #d9dce3;
  --paper: #fff; --ground: #f6f6f3; --accent: #4350af; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ec; --muted: #a2a9b5; --line: #3a3f4a;
  --paper: #1d2026; --ground: #16181d; --accent: #a9b2f5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.2rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h3 { font-size: 1rem; color: var(--muted); }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-top: 1.2rem;
  border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .15rem 1rem;
  margin: .6rem 0; font-size: .94rem; }
dt { color: var(--muted); } dd { margin: 0; min-width: 0; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .7rem .9rem; overflow: auto; white-space: pre-wrap; font-size: .88rem; }
table { border-collapse: collapse; background: var(--paper); font-size: .92rem; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } .quiet { color: var(--muted); } caption { text-align: left;
  font-weight: 600; padding: .3rem 0; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .8rem;
  color: var(--muted); font-size: .88rem; }
a { color: var(--accent); }
@media print { body { background: none; font-size: 11pt; } pre { white-space: pre-wrap; }
  h2, h3 { break-after: avoid; } tr, img { break-inside: avoid; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def spell_html(title: str, blocks: Sequence[Block], seal: str) -> str:
    """The whole file. `seal` is one plain line about where it comes from."""
    room = [MOST_PICTURES]

    def address(picture: Picture) -> str:
        found = data_address(picture.path, min(MOST_PICTURE, room[0]))
        room[0] -= len(found) * 3 // 4
        return found

    body = "\n".join(_spell(block, address) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n<footer>{_text(seal)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text))


def _spell(block: Block, address: Callable[[Picture], str]) -> str:
    match block:
        case Heading():
            return f"<h{block.depth}>{_text(block.text)}</h{block.depth}>"
        case Line():
            kind = ' class="quiet"' if block.quiet else ""
            return f"<p{kind}>{_text(block.text)}</p>"
        case Pairs():
            pairs = (f"<dt>{_text(n)}</dt><dd>{_text(t)}</dd>" for n, t in block.items)
            return f"<dl>{''.join(pairs)}</dl>"
        case Items():
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</ul>"
        case Pre():
            return f"<pre>{_text(block.text.replace(chr(13), ''))}</pre>"
        case Picture():
            return _picture(block, address(block))
        case Table():
            return _table(block)
        case Facts():
            items = tuple((str(n), cell(v)) for n, v in block.items.items())
            return _spell(Pairs(items), address)
        case Bars():
            rows = [(str(n), v) for n, v in block.items.items()]
            return _table(Table(("", ""), rows, block.title))
        case Markdown():
            return f"<div>{markdown.render(block.text)}</div>"


def _picture(block: Picture, address: str) -> str:
    name = _text(block.file.name)
    if address:
        return f'<p><img src="{escape(address)}" alt="{name}"></p>'
    size = file_size(block.file.size)
    return f'<p class="quiet">The picture {name} ({size}) is not put into this page.</p>'


def _table(table: Table) -> str:
    def kind(i: int) -> str:
        number = table.rows and all(i < len(row) and is_number(row[i]) for row in table.rows)
        return ' class="number"' if number else ""

    kinds = [kind(i) for i in range(max([len(table.columns), *map(len, table.rows)]))]
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    head = "".join(
        f'<th scope="col"{kinds[i]}>{_text(str(n))}</th>' for i, n in enumerate(table.columns)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kinds[i]}>{_text(cell(value))}</td>" for i, value in enumerate(row))
        + "</tr>"
        for row in table.rows
    )
    note = f'<p class="quiet">{_text(table.note)}</p>' if table.note else ""
    return (
        f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )
