"""The pages hang together: links resolve, nothing is too long, the README tells what is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from documents import DOCS, ROOT, anchor, blocks, links, pages, sections
from markdown_it import MarkdownIt

README = ROOT / "README.md"
LONGEST = 400  # lines of a page that someone may still read
READ_BY_PEOPLE = [README, ROOT / "CHANGELOG.md", *pages()]
PYTHON_FILES = sorted((ROOT / "cardloom").rglob("*.py"))


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", READ_BY_PEOPLE, ids=_named)
def test_every_link_of_a_page_resolves(page: Path) -> None:
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        name, _, place = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if target.suffix == ".png" and not target.exists():
            continue  # made from the running app, and drawn again with each release
        assert target.is_file(), f"{_named(page)}: {link} leads nowhere"
        if place:
            assert place in {anchor(heading) for heading in sections(target)}, (
                f"{link}: no such place"
            )


@pytest.mark.parametrize("page", pages(), ids=_named)
def test_a_help_page_links_only_to_help_pages(page: Path) -> None:
    for link in links(page):
        if not link.startswith("http"):
            # Headings have no ids in the app: a link goes to a page, never into it.
            target = (page.parent / link).resolve()
            assert target.is_relative_to(DOCS) and target.suffix == ".md", f"{link} is not served"


@pytest.mark.parametrize("page", pages(), ids=_named)
def test_a_help_page_can_be_served(page: Path) -> None:
    """A title in the first line, CommonMark and tables, no raw HTML, not too long."""
    text = page.read_text(encoding="utf-8")
    assert re.match(r"# \S", text)
    written = re.sub(r"(?s)\(begin .*?\(end ", "", text)  # what is generated is looked up, not read
    assert len(written.splitlines()) <= LONGEST
    kinds = {token.type for token in MarkdownIt("commonmark").enable("table").parse(text)}
    assert "html_block" not in kinds
    inline = MarkdownIt("commonmark").enable("table").parse(text)
    assert not any(c.type == "html_inline" for token in inline for c in token.children or [])


def test_the_first_page_links_to_every_other() -> None:
    named = {(DOCS / link).resolve() for link in links(DOCS / "index.md")}
    assert named == set(pages()) - {DOCS / "index.md"}


def test_the_readme_shows_the_bridge_as_it_is() -> None:
    code = (ROOT / "cardloom/workflows/bridge.py").read_text(encoding="utf-8")
    shown = next(b for b in blocks(README) if b.language == "python")
    assert shown.text == code
    assert len([line for line in code.splitlines() if line.strip()]) <= 15


def test_the_bridge_is_as_the_formatter_leaves_it() -> None:
    command = [sys.executable, "-m", "ruff", "format", "--check", "cardloom/workflows/bridge.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_begins_with_the_thing_itself() -> None:
    text = README.read_text(encoding="utf-8")
    picture, code, commands = (
        text.index(part) for part in ("](docs/picture.png)", "```python", "```console")
    )
    assert picture < code < commands
    assert text.count("\n", 0, commands) < 45
    [shown] = [b.text for b in blocks(README) if b.language == "console"]
    assert shown == "$ make run\n$ make demo\n"


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = ROOT / "Makefile"
    if not makefile.exists():
        pytest.skip("this copy has no Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile.read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"`make ([a-z]+)", README.read_text(encoding="utf-8")))
    assert named >= {"run", "demo", "test", "check", "bench", "install", "docs"}
    assert named <= targets


def test_the_changelog_tells_of_the_present_version() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{about['project']['version']}]" in text
    assert text.index("## [Unreleased]") < text.index(f"## [{about['project']['version']}]")


def test_every_dependency_stands_in_its_page_with_its_range() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w-]+)` \| `([^`]+)` \|", text, re.M))
    wanted = dict(
        re.match(r"([\w-]+)(.*)", line).groups() for line in about["project"]["dependencies"]
    )
    assert told == wanted


def test_every_file_of_others_in_the_browser_is_told() -> None:
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    vendor = ROOT / "cardloom/web/static/vendor"
    for path in vendor.iterdir():
        if path.suffix in (".js", ".css"):
            assert f"| `{path.name}` |" in text
    axe = (ROOT / "tests/vendor/axe.min.js").read_text(encoding="utf-8")[:100]
    assert f"axe-core {re.search(r'axe v([0-9.]+)', axe)[1]}" in text


def test_every_environment_variable_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    read = r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["'](\w+)["']|["'](CARDLOOM_[A-Z_]+)["']"""
    found = {
        (first or second)
        for path in PYTHON_FILES
        for first, second in re.findall(read, path.read_text(encoding="utf-8"))
    }
    assert "CARDLOOM_WORKSPACE" in found
    for name in found:
        assert f"`{name}" in text, f"commands.md does not tell of {name}"


def test_the_picture_of_the_rooms_names_every_room() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "cardloom"
    rooms = {f"{p.name}/" for p in package.iterdir() if (p / "__init__.py").exists()}
    rooms |= {"workflows/"} | {p.name for p in package.glob("[a-z]*.py")}
    for room in rooms:
        assert f"**`{room}`**" in text, f"architecture.md has no paragraph on {room}"
        picture = next(part for part in text.split("\n\n") if "┌" in part)
        assert room in picture


def test_docs_name_no_column_of_meta_that_is_not_written() -> None:
    from cardloom.crawl.csvfiles import LINKS, META

    found = sections(DOCS / "web-angiogram.md")
    for name, columns in {"links.csv": LINKS, "meta.csv": META}.items():
        assert tuple(re.findall(r"^\| `(\w+)` \|", found[name], re.M)) == columns
