"""A document as one HTML file that opens anywhere, with no network and no script.

The blocks are spelled as Markdown and rendered by the Markdown library, which shows raw HTML as text.
The file's own content policy allows its one style sheet and pictures as data, and nothing else.
"""

from collections.abc import Sequence
from html import escape

from cardloom import markdown
from cardloom.engine import Markdown
from cardloom.reports.document import Block, Picture
from cardloom.reports.markdown import spell_block

MOST_PICTURE = 2_000_000  # bytes of one picture that is put into the page
MOST_PICTURES = 20_000_000  # and of all of them

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
ul { padding-left: 1.2rem; margin: .6rem 0; font-size: .94rem; }
li > strong:first-child { color: var(--muted); font-weight: normal; }
p > em:only-child { color: var(--muted); font-style: normal; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .7rem .9rem; overflow: auto; white-space: pre-wrap; font-size: .88rem; }
table { border-collapse: collapse; font-size: .92rem; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left;
  vertical-align: top; background: var(--paper); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
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
    room = MOST_PICTURES
    parts = []
    for block in blocks:
        parts.append(_spell(block, min(MOST_PICTURE, room)))
        if isinstance(block, Picture):
            room -= len(parts[-1]) * 3 // 4
    body = "\n".join(parts)
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


def _spell(block: Block, most_picture: int) -> str:
    if isinstance(block, Markdown):  # a card's own: links stay, pictures from elsewhere do not
        return f"<div>{markdown.render(block.text)}</div>"
    # The one attribute that the library styles; in text, its quotation marks would be escaped.
    html = markdown.render(spell_block(block, most_picture), pictures=True)
    return html.replace(' style="text-align:right"', ' class="number"')
