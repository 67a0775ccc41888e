"""Readers of published data files, from a folder that the user has (see docs/data.md).

Only training splits are read for training; the evaluation splits are read for one thing, the
leakage filter (`engine.learning.evaluation_sets`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from engine.code.layout import lay_out_braces, lay_out_python
from engine.errors import DataError
from engine.learning.groups import Group, Text

QUESTIONS, DOCS, LANGUAGES, TWINS = "questions", "docs", "languages", "twins"
WEBQUERY = "webquery/test_webquery_labelled.json"
"""The labelled pairs, below the folder of the published sets."""


_Read = TypeVar("_Read")
_MALFORMED = (AttributeError, EOFError, LookupError, OSError, TypeError, ValueError, zlib.error)


def reads(
    name: str,
) -> Callable[[Callable[..., Iterator[_Read]]], Callable[..., Iterator[_Read]]]:
    """Make a reader of the published set `name` say so, in a `DataError`, of what is not one."""

    def of(reader: Callable[..., Iterator[_Read]]) -> Callable[..., Iterator[_Read]]:
        @wraps(reader)
        def read(folder: Path, *of_it: str) -> Iterator[_Read]:
            try:
                yield from reader(folder, *of_it)
            except _MALFORMED as error:
                raise DataError(
                    f"{folder / name} is not the published set ({type(error).__name__}: "
                    f"{' '.join(str(error).split())}); see docs/data.md for the data"
                ) from error

        return read

    return of


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A query and a code with a human yes (1) or no (0)."""

    query: str
    code: str
    label: int


@reads("conala")
def conala(folder: Path) -> Iterator[Group]:
    """CoNaLa's training split: the question, and its rewritten form, with the snippet."""
    for row in read_json(folder / "conala/examples.annotated.train.json"):
        snippet = Text(row["snippet"], "Python")
        words = {row["intent"], row["rewritten_intent"] or row["intent"]}
        for intent in sorted(words):
            yield Group(QUESTIONS, "conala", (Text(intent), snippet))


@reads("codenn")
def codenn(folder: Path) -> Iterator[Group]:
    """StackOverflow titles with a Python snippet of the accepted answer (CODE-NN)."""
    for name in ("python_valid.txt", "python_test.txt"):
        for line in read_lines(folder / "codenn" / name):
            fields = line.split("\t")
            if len(fields) >= 4 and len(fields[3]) > 12:
                code = fields[3].replace("\\n", "\n")
                yield Group(QUESTIONS, "codenn", (Text(fields[2]), Text(code, "Python")))


@reads("python_docs")
def python_docs(folder: Path) -> Iterator[Group]:
    """Entries of the Python standard library's documentation: description and call."""
    for line in read_lines(folder / "python_docs/python-docs.jsonl"):
        row = json.loads(line)
        if len(row["intent"].split()) >= 5 and "." in row["snippet"]:
            texts = (Text(row["intent"][:300]), Text(row["snippet"], "Python"))
            yield Group(DOCS, "python_docs", texts)


@reads("avatar_g4g")
def avatar(folder: Path, split: str = "train") -> Iterator[Group]:
    """Java and Python functions that solve the same problem."""
    for line in read_lines(folder / f"avatar_g4g/g4g_functions__{split}.jsonl"):
        row = json.loads(line)
        texts = [Text(lay_out_braces(code), "Java") for code in row["java"][:1]]
        texts += [Text(lay_out_python(code), "Python") for code in row["python"][:1]]
        if len(texts) == 2:
            yield Group(LANGUAGES, "avatar", tuple(texts))


@reads("java_cs")
def java_cs(folder: Path, split: str = "train") -> Iterator[Group]:
    """Methods in Java and C#, parallel lines of two files."""
    java = read_lines(folder / f"java_cs/{split}.java-cs.txt.java")
    sharp = read_lines(folder / f"java_cs/{split}.java-cs.txt.cs")
    for left, right in zip(java, sharp, strict=True):
        texts = (Text(lay_out_braces(left), "Java"), Text(lay_out_braces(right), "C#"))
        yield Group(LANGUAGES, "java_cs", texts)


@reads("api_maps")
def api_snippets(folder: Path) -> Iterator[Group]:
    """Parallel snippets of the published PyTorch → Paddle and MindSpore migration guides."""
    for name in ("paddle_docs_torch2paddle.jsonl", "mindspore_r2.1_diffs.jsonl"):
        for line in read_lines(folder / "api_maps" / name):
            for pair in json.loads(line).get("code_pairs") or ():
                texts = tuple(Text(code, "Python") for code in pair.values() if len(code) > 30)
                if len(texts) >= 2:
                    yield Group(TWINS, "api_maps", texts)


@reads(WEBQUERY)
def webquery(folder: Path) -> Iterator[LabelledPair]:
    """WebQueryTest: web queries with a function and a human label. Raises `DataError`."""
    for row in read_json(folder / WEBQUERY):
        yield LabelledPair(str(row["doc"]), str(row["code"]), int(row["label"]))


READERS: dict[str, Callable[[Path], Iterator[Group]]] = {
    "conala": conala,
    "codenn": codenn,
    "python_docs": python_docs,
    "avatar": avatar,
    "java_cs": java_cs,
    "api_maps": api_snippets,
}
"""The readers by the name a recipe gives them."""


def read_json(path: Path) -> Any:
    """A file that is one JSON document. Raises `DataError`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unread(path, error) from error


def read_lines(path: Path) -> list[str]:
    """The lines of a text file. Raises `DataError`."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise _unread(path, error) from error


def _unread(path: Path, error: OSError | ValueError) -> DataError:
    why = getattr(error, "strerror", None) or error
    return DataError(f"cannot read {path} ({why}); see docs/data.md for the data")
