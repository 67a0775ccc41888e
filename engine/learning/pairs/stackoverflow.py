"""Pairs from a data dump of Stack Overflow or another site of Stack Exchange (`Posts.xml`).

The file may have many GB and is never held in memory. It is read twice: first for the questions
wanted, whose titles wait in a temporary SQLite file, then for their accepted answers, which may
stand before or behind them.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from xml.parsers import expat

from engine.errors import DataError
from engine.learning.pairs.comments import commented_code, parents
from engine.learning.pairs.forum import html_blocks, python_code
from engine.learning.pairs.layout import Layout
from engine.learning.pairs.reading import Step
from engine.learning.pairs.record import Kind, Pair, anonymous
from engine.learning.pairs.tokens import code_tokens, torch_likeness

MIN_CODE_TOKENS = 10
MIN_TEXT_CHARACTERS = 10

_BLOCK = 1 << 20
_MAX_ROW = 64 << 20
"""Bytes without a new row after which a file is none of posts, before it fills the memory."""

_TAG = re.compile(r"[^<>|]+")

Row = Mapping[str, str]


def find_dumps(source: Path) -> list[Path]:
    """The `Posts.xml` files that a source means: itself, or those in the folder extracted."""
    if source.is_file():
        if source.suffix == ".7z":
            raise DataError(f"{source} is packed; extract it (7z x) and give the folder")
        return [source]
    return sorted([*source.glob("Posts.xml"), *source.glob("*/Posts.xml")])


def read_dump(path: Path, tags: Sequence[str]) -> Iterator[Step]:
    """The pairs of the questions that have one of the tags and an accepted answer.

    A step for each MB read; the file is read twice. Raises `DataError` if it is not a dump, is cut
    off, or if no tag is given: the code of the pairs is to be Python.
    """
    if not tags:
        raise DataError("a dump has questions on everything: choose some with --tag, as in pytorch")
    wanted = frozenset(tag.lower() for tag in tags)
    site = path.absolute().parent.name
    with (
        tempfile.TemporaryDirectory(prefix="counterpart-") as folder,
        closing(sqlite3.connect(Path(folder, "questions.sqlite"))) as database,
    ):
        database.execute("pragma journal_mode = off")
        database.execute("pragma synchronous = off")
        database.execute("create table question (answer integer primary key, id text, title text)")
        for rows, size in read_rows(path):
            database.executemany(
                "insert or ignore into question values (?, ?, ?)", _questions(rows, wanted)
            )
            yield Step(size=size)
        for rows, size in read_rows(path):
            pairs = [
                pair
                for row, question, title in _answers(rows, database)
                for pair in answer_pairs(title, row.get("Body", ""), f"{site}/{question}")
            ]
            yield Step(tuple(pairs), size)


def _questions(rows: Iterable[Row], wanted: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """The accepted answer's id, the question's id and title, for the questions wanted."""
    for row in rows:
        answer = row.get("AcceptedAnswerId", "")
        if row.get("PostTypeId") != "1" or not answer.isdecimal():
            continue
        title = " ".join(row.get("Title", "").split())
        if wanted.isdisjoint(_TAG.findall(row.get("Tags", "").lower())):
            continue
        if len(title) >= MIN_TEXT_CHARACTERS:
            yield int(answer), row.get("Id", ""), title


def _answers(rows: Iterable[Row], database: sqlite3.Connection) -> Iterator[tuple[Row, str, str]]:
    """The rows that are accepted answers, with their question's id and title."""
    for row in rows:
        number = row.get("Id", "")
        if row.get("PostTypeId") != "2" or not number.isdecimal():
            continue
        found = database.execute(
            "select id, title from question where answer = ?", (int(number),)
        ).fetchone()
        if found is not None:
            yield row, *found


def answer_pairs(title: str, body: str, thread: str) -> Iterator[Pair]:
    """The title with the answer's code, then the comments within that code with theirs.

    Code is without its comments and has at least 10 tokens; text has at least 10 characters.
    `thread` is only ever written as a hash.
    """
    layouts = [Layout(code) for code in python_code(html_blocks(body))]
    code = "\n\n".join(bare for layout in layouts if (bare := layout.without_comments()))
    if len(code_tokens(code)) < MIN_CODE_TOKENS:
        return
    group = anonymous("thread", thread)
    parent = anonymous(thread, "title")
    likeness = torch_likeness(code)
    yield Pair(title, code, Kind.STACKOVERFLOW_TITLE, parent, group, None, likeness)
    for number, layout in enumerate(layouts):
        yield from _comment_pairs(layout, f"{thread}/{number}", parent, group, likeness)


def _comment_pairs(
    layout: Layout, place: str, parent: str, group: str, likeness: float
) -> Iterator[Pair]:
    spans = list(commented_code(layout, min_tokens=1))
    references = [anonymous(place, span.first, span.text) for span in spans]
    for span, reference, above in zip(spans, references, parents(spans), strict=True):
        code = Layout(span.code).without_comments()
        if len(span.text) >= MIN_TEXT_CHARACTERS and len(code_tokens(code)) >= MIN_CODE_TOKENS:
            holder = parent if above is None else references[above]
            kind = Kind.STACKOVERFLOW_COMMENT
            yield Pair(span.text, code, kind, reference, group, holder, likeness)


def read_rows(path: Path) -> Iterator[tuple[list[Row], int]]:
    """The attributes of the `<row>` elements of a file, with the bytes read, about a MB at a time.

    Raises `DataError` if the file is no XML, is cut off, or declares entities or a document type,
    with which a small file could fill the memory.
    """
    rows: list[Row] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        rows.append(attributes if name == "row" else {})

    def refuse(*_: object) -> None:
        raise DataError(f"{path} declares a document type, which no dump does; it is not read")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    silent = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
                silent = 0 if rows else silent + len(block)
                if silent > _MAX_ROW:
                    raise DataError(f"{path} has no rows of posts; give the Posts.xml of a dump")
                yield [row for row in rows if row], len(block)
                rows.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DataError(
            f"{path}, line {error.lineno}: {expat.ErrorString(error.code)}; the file is damaged or "
            "cut off, so download and extract it again"
        ) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
