"""`cardloom compare`: two or more runs side by side, on a terminal or as JSON."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import click

from cardloom.brief import brief, file_size, shorten
from cardloom.cli.group import store_at, warn, workspace_option
from cardloom.engine import Cell, Comparison, FileRow, Row
from cardloom.engine import compare as compare_sides
from cardloom.engine.compare import tell
from cardloom.engine.differences import ABSENT
from cardloom.journal import dumps
from cardloom.runs import sides_of
from cardloom.runs.compare import FileRows, is_table, rows_of

MOST_ROWS = 5  # rows of a table of each kind that a terminal shows; --json has fifty


@click.command()
@click.argument("run_names", nargs=-1, required=True, metavar="RUN RUN…")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole comparison as JSON.")
@click.pass_context
def compare(
    context: click.Context, run_names: tuple[str, ...], workspace: str | None, as_json: bool
) -> None:
    """Compare runs card by card, the others with the first; RUN@9 is a run at its event 9.

    As with diff, the exit code is 0 where all is equal and 1 where something differs.
    """
    store = store_at(workspace)
    moments = [store.moment(name) for name in run_names]
    comparison = compare_sides(sides_of(moments))
    tables = {
        (row.name, file.name): rows_of(moments, file)
        for row in comparison.rows
        for file in row.files
        if is_table(file)
    }
    if as_json:
        click.echo(dumps(_told(comparison, tables)))
    else:
        _print(comparison, tables)
    for moment in moments:
        warn(moment.run)
    context.exit(1 if comparison.differing else 0)


Tables = dict[tuple[str, str], list[FileRows | None]]


def _told(comparison: Comparison, tables: Tables) -> dict[str, Any]:
    told = tell(comparison)
    for card in told["cards"]:
        for file in card["files"]:
            if found := tables.get((card["name"], file["name"])):
                file["rows"] = [rows and dataclasses.asdict(rows) for rows in found]
    return told


def _print(comparison: Comparison, tables: Tables) -> None:
    names = comparison.names
    width = max(map(len, names))
    for row in comparison.differing:
        click.echo(f"{row.name}: {row.label}")
        for name, cell in zip(names, row.cells, strict=True):
            click.echo(f"  {name:<{width}}  {_cell(cell)}".rstrip())
        _print_places(row, names)
        for file in row.files:
            _print_file(file, names, tables.get((row.name, file.name)))
        click.echo()
    equal = [row.name for row in comparison.equal]
    if equal:
        click.echo(f"Equal: {', '.join(equal)}.")
    elif not comparison.rows:
        click.echo("There are no cards in these runs.")


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "no such card"
    value = cell.error or (brief(cell.value) if cell.how else "")
    took = f"{cell.seconds:.3g} s" if cell.seconds else ""
    said = " · ".join(filter(None, [cell.status, cell.how, cell.by and f"by {cell.by}", took]))
    why = f" ({cell.why})" if cell.why else ""
    return f"{shorten(value)}  [{said}]{why}" if value else f"[{said}]{why}"


def _print_places(row: Row, names: Sequence[str]) -> None:
    for each in row.differences:
        if not each.path and not any(each.deltas):
            continue  # the value as a whole stands above
        click.echo(f"    {each.path or 'value'}")
        for name, value, change in zip(names, each.values, each.deltas, strict=True):
            shown = "nothing there" if value is ABSENT else brief(value)
            click.echo(f"      {name}: {shown}{f'   {change}' if change else ''}")
    if row.more:
        click.echo("    … and more")


def _print_file(file: FileRow, names: Sequence[str], tables: list[FileRows | None] | None) -> None:
    if not file.differs:
        return
    click.echo(f"    {file.name}")
    for number, (name, found) in enumerate(zip(names, file.files, strict=True)):
        shown = f"{file_size(found.size)}, sha256 {found.sha256[:12]}" if found else "no such file"
        click.echo(f"      {name}: {shown}")
        if tables and (rows := tables[number]):
            _print_rows(rows)


def _print_rows(found: FileRows) -> None:
    rows = found.rows
    if rows is None:
        click.echo(f"        {found.trouble}")
        return
    by = ", ".join(rows.key) or "the whole row"
    click.echo(
        f"        {rows.total_added:,} rows added, {rows.total_removed:,} removed, "
        f"{rows.total_changed:,} changed, by {by}"
    )
    for sign, some in (("+", rows.added), ("-", rows.removed)):
        for row in some[:MOST_ROWS]:
            click.echo(f"        {sign} {shorten(', '.join(row))}")
    for change in rows.changed[:MOST_ROWS]:
        told = zip(rows.columns, change.one, change.other, strict=True)
        moved = [f"{c}: {a} → {b}" for c, a, b in told if c in change.columns]
        kept = [v for c, v in zip(rows.columns, change.one, strict=True) if c in rows.key]
        click.echo(f"        ~ {shorten(', '.join(kept))}   {shorten(' · '.join(moved))}")
