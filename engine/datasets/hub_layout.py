"""Retrieval sets as they lie on the Hugging Face hub: configs of Parquet or JSON lines.

CoIR (Li et al., 2025), MTEB and the Nano sets agree on the configs `corpus`, `queries` and
`qrels` (or `default`), and on the columns of each; where the files of a config lie differs:

    corpus/test-00000-of-00001.parquet            config / split
    default/test/0000.parquet                     config / split / part, as the hub converts
    data/corpus-00000-of-00001-6ab5c5.parquet     the split is the config
    qrels/test.jsonl, corpus.jsonl                without parts

CoIR also keeps some sets as two, `<name>-queries-corpus` and `<name>-qrels`, and the Nano sets
name their splits after the task and have one more config for each ranker's candidates (`bm25`, a
dense encoder's, `reranking_hybrid`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from engine.datasets.reading import kind_of, read_rows
from engine.datasets.records import (
    Document,
    Judged,
    Located,
    Question,
    Ranked,
    Reader,
    document_of,
    grade_of,
    id_of,
    question_of,
)
from engine.datasets.splits import choose_split
from engine.errors import DataError

Layout = Mapping[str, Mapping[str, Sequence[str]]]
"""Config → split → files, relative to the folder."""

_PART = re.compile(r"-\d{5}-of-\d{5}(-[0-9a-f]+)?$")
_NOT_CONFIGS = frozenset({"metadata", "instruction", "top_ranked"})
_QRELS = ("qrels", "default")
_SUFFIXES = (".parquet", ".jsonl")


def layout_of(files: Iterable[str]) -> Layout:
    """Which config and split each data file belongs to; other files are passed over."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in sorted(files):
        if kind_of(Path(name)) not in _SUFFIXES:
            continue
        config, split = _place(name)
        if config not in _NOT_CONFIGS:
            found.setdefault(config, {}).setdefault(split, []).append(name)
    return found


def _place(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    folders = [part for part in path.parts[:-1] if not part.endswith(("-queries-corpus", "-qrels"))]
    stem = path.name.lower().removesuffix(".gz")
    stem = _PART.sub("", path.name[: len(stem)].rpartition(".")[0])
    if stem.isdecimal() and len(folders) >= 2:  # default/test/0000.parquet
        config, split = folders[-2], folders[-1]
    else:
        config, split = (folders[-1] if folders else ""), stem
    if not config:
        config = stem if stem in ("corpus", "queries") else "files"
    elif config in ("data", *_QRELS):
        config, split = (split, split) if split in ("corpus", "queries") else ("qrels", split)
    return config, split


def is_hub_layout(layout: Layout) -> bool:
    """Whether there is everything that a retrieval set needs."""
    return {"corpus", "queries", "qrels"} <= layout.keys()


def needed_files(layout: Layout, split: str) -> list[str]:
    """The files to have for one split."""
    names = list(layout["qrels"].get(split, ()))
    for config in ("corpus", "queries"):
        names += _of_split(layout[config], split)
    for ranker in _rankers(layout):
        names += layout[ranker].get(split, ())
    return names


def _rankers(layout: Layout) -> list[str]:
    return [config for config in layout if config not in ("corpus", "queries", "qrels")]


def _of_split(config: Mapping[str, Sequence[str]], split: str) -> Sequence[str]:
    """A config's files for the split: those of its name, else its only ones."""
    if split in config or len(config) > 1:
        return config.get(split, ())
    return next(iter(config.values()))


class HubReader(Reader):
    """Reads one split of such a set from a folder."""

    format = "coir"

    def __init__(self, folder: Path, layout: Layout, split: str = "", name: str = "") -> None:
        super().__init__()
        self._folder = folder
        self._layout = layout
        self.splits = tuple(layout["qrels"])
        self.split = choose_split(self.splits, split, name or str(folder))

    def documents(self) -> Iterator[Document]:
        """The rows of the config `corpus`."""
        return map(document_of, self._rows(_of_split(self._layout["corpus"], self.split)))

    def questions(self) -> Iterator[Question]:
        """The rows of the config `queries`."""
        return map(question_of, self._rows(_of_split(self._layout["queries"], self.split)))

    def judged(self) -> Iterator[Judged]:
        """The rows of the config `qrels`; one without a grade says that the document answers."""
        for where, row in self._rows(self._layout["qrels"][self.split]):
            question, document = _key(row, "query", where), _key(row, "corpus", where)
            grade = row.get("score")
            value = 1 if grade is None else grade_of(grade, where)
            several = row[document]
            for name in several if isinstance(several, list) else [several]:
                yield Judged(id_of(row, question, where), id_of({"id": name}, "id", where), value)

    def ranked(self) -> Iterator[Ranked]:
        """The rows of the other configs that rank documents for queries."""
        for ranker in _rankers(self._layout):
            for where, row in self._rows(self._layout[ranker].get(self.split, ())):
                key = next((name for name in ("corpus-ids", "retrieved-ids") if name in row), None)
                if key is None or not isinstance(row[key], list):
                    break  # a config of another kind
                documents = tuple(id_of({"id": found}, "id", where) for found in row[key])
                yield Ranked(ranker, id_of(row, _key(row, "query", where), where), documents)

    def _rows(self, names: Iterable[str]) -> Iterator[Located]:
        for name in names:
            yield from read_rows(self._folder / name)


def _key(row: Mapping[str, object], what: str, where: str) -> str:
    """The column that holds an id of a query or a document, spelled either way."""
    for name in (f"{what}-id", f"{what}_id"):
        if name in row:
            return name
    raise DataError(f"{where}: there is no column {what}-id; these are no qrels")
