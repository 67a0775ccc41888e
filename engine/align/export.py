"""An alignment to carry elsewhere: the aligned part, a Markdown table, an HTML page."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from engine.types_alignment import Alignment, Link, Statement

_HUES = (250, 150, 75, 320, 195, 25)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 2rem; font: 15px/1.5 system-ui, sans-serif; }}
table {{ border-collapse: separate; border-spacing: 0 2px; width: 100%; table-layout: fixed; }}
th {{ text-align: left; font-weight: 600; padding: 0 .75rem .5rem; }}
td {{ vertical-align: top; padding: .15rem .75rem; }}
pre {{ margin: 0; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; }}
.n {{ opacity: .6; user-select: none; }}
.alone {{ opacity: .75; }}
{styles}
{highlighting}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
<thead><tr><th scope="col">{left}</th><th scope="col">{right}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Lines (from 0) of both sides that stand beside each other; one side may have none.

    `confidence` is None for lines without a counterpart.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    confidence: float | None = None


def rows_of(alignment: Alignment) -> list[Row]:
    """Every line of both sides in exactly one row, in the order of the right side.

    What only the left has comes where it stands there: after the row of the statement before it.
    """
    counts = [alignment.request.left.count("\n") + 1, alignment.request.right.count("\n") + 1]
    groups = [_lines(alignment, links) for links in _groups(alignment.links)]
    groups.sort(key=lambda group: group[1])
    owners: list[dict[int, int]] = [{}, {}]
    for number, (left, right, _) in enumerate(groups):
        owners[0].update(dict.fromkeys(left, number))
        owners[1].update(dict.fromkeys(right, number))
    alone = [_alone(owners[side], counts[side]) for side in (0, 1)]
    rows: list[Row] = []
    for number in range(-1, len(groups)):
        if number >= 0:
            rows.append(Row(*groups[number]))
        rows += [Row((line,), ()) for line in alone[0].get(number, ())]
        rows += [Row((), (line,)) for line in alone[1].get(number, ())]
    return rows


def _groups(links: Sequence[Link]) -> Iterator[list[Link]]:
    """Links that share a statement, together."""
    waiting = list(links)
    while waiting:
        group = [waiting.pop(0)]
        grown = True
        while grown:
            ends = {k.left for k in group}, {k.right for k in group}
            more = [k for k in waiting if k.left in ends[0] or k.right in ends[1]]
            waiting = [k for k in waiting if k not in more]
            group += more
            grown = bool(more)
        yield group


def _lines(
    alignment: Alignment, links: Sequence[Link]
) -> tuple[tuple[int, ...], tuple[int, ...], float]:
    left = {line for k in links for line in _of(alignment.left[k.left])}
    right = {line for k in links for line in _of(alignment.right[k.right])}
    confidence = sum(k.confidence for k in links) / len(links)
    return tuple(sorted(left)), tuple(sorted(right)), confidence


def _of(statement: Statement) -> range:
    return range(statement.first, statement.last + 1)


def _alone(owner: dict[int, int], count: int) -> dict[int, list[int]]:
    """The lines that no row has yet, by the row of the line before them (-1: none)."""
    after: dict[int, list[int]] = {}
    number = -1
    for line in range(count):
        if line in owner:
            number = owner[line]
        else:
            after.setdefault(number, []).append(line)
    return after


def aligned_part(alignment: Alignment, of_lines: Sequence[int] | None = None) -> str:
    """The right side's lines that have a counterpart, dedented.

    With `of_lines` only those whose counterpart is one of these lines of the left side. What
    encloses some of them, but not all, comes along: a body alone would be no code.
    """
    lines = alignment.request.right.split("\n")
    wanted = None if of_lines is None else set(of_lines)
    kept = {
        line
        for row in rows_of(alignment)
        if row.confidence is not None and (wanted is None or wanted & set(row.left))
        for line in row.right
    }
    kept |= _headers(alignment.right, kept)
    return dedent("\n".join(lines[line] for line in sorted(kept)))


def _headers(statements: Sequence[Statement], kept: set[int]) -> set[int]:
    """The lines of the statements that enclose some of the kept lines, but not all of them."""
    around: list[set[int]] = []
    open_ones: list[int] = []
    for index, statement in enumerate(statements):
        while open_ones and statements[open_ones[-1]].depth >= statement.depth:
            open_ones.pop()
        if kept.intersection(_of(statement)):
            around.append(set(open_ones))
        open_ones.append(index)
    if not around:
        return set()
    some = set[int]().union(*around).difference(around[0].intersection(*around))
    return {line for index in some for line in _of(statements[index])}


def markdown_table(alignment: Alignment, titles: tuple[str, str]) -> str:
    """Both sides as a Markdown table, a row for each pair of statements."""
    texts = alignment.request.left.split("\n"), alignment.request.right.split("\n")
    lines = [f"| {_cell_text(titles[0])} | {_cell_text(titles[1])} |", "|---|---|"]
    for row in rows_of(alignment):
        cells = [
            "<br>".join(_code(text[line]) for line in side if text[line].strip())
            for text, side in zip(texts, (row.left, row.right), strict=True)
        ]
        if any(cells):
            lines.append(f"| {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def _code(line: str) -> str:
    """A line as inline code in a table's cell; indentation is kept with no-break spaces."""
    body = line.expandtabs(4)
    indent = len(body) - len(body.lstrip())
    body = body.strip().replace("|", "\\|")
    fence = "`"
    while fence in body:
        fence += "`"
    inside = f" {body} " if "`" in body else body
    return "&nbsp;" * indent + f"{fence}{inside}{fence}"


def _cell_text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def html_page(alignment: Alignment, titles: tuple[str, str], first_line: int = 1) -> str:
    """Both sides as one HTML page without scripts or anything from elsewhere."""
    from pygments.formatters import HtmlFormatter

    request = alignment.request
    sides = (
        _highlighted(request.left, request.left_language),
        _highlighted(request.right, request.right_language),
    )
    numbers = (1, first_line)
    rows, bands = [], 0
    for row in rows_of(alignment):
        style = "alone" if row.confidence is None else f"b{bands % len(_HUES)}"
        bands += row.confidence is not None
        cells = [
            "\n".join(f'<span class="n">{line + start:4}</span> {text[line]}' for line in lines)
            for text, lines, start in zip(sides, (row.left, row.right), numbers, strict=True)
        ]
        body = "".join(f"<td><pre>{cell}</pre></td>" for cell in cells)
        rows.append(f'<tr class="{style}">{body}</tr>')
    light = "\n".join(
        f".b{i} td {{ background: oklch(.94 .04 {hue}); }}" for i, hue in enumerate(_HUES)
    )
    dark = light.replace(".94 .04", ".32 .045")
    formatter = HtmlFormatter(style="default")
    colours = str(formatter.get_style_defs("pre"))  # type: ignore[no-untyped-call]
    return _PAGE.format(
        title=html.escape(" ↔ ".join(titles)),
        left=html.escape(titles[0]),
        right=html.escape(titles[1]),
        styles=f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}",
        highlighting=f"@media (prefers-color-scheme: light) {{\n{colours}\n}}",
        rows="\n".join(rows),
    )


def _highlighted(text: str, language: str | None) -> list[str]:
    """The lines of a text as HTML, coloured if there is a lexer for the language."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    plain = [html.escape(line) for line in text.split("\n")]
    try:
        name = {"c++": "cpp", "c#": "csharp"}.get(
            (language or "").lower(), (language or "").lower()
        )
        lexer = get_lexer_by_name(name, startinline=True, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return plain
    lines = highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    lines += [""] * (len(plain) - len(lines))
    return lines if len(lines) == len(plain) else plain
