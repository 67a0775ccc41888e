"""The protocols of the field: what each is measured on, by what, and how its files are read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.datasets.formats import open_reader
from engine.datasets.functions import FunctionsReader
from engine.datasets.records import Document, Judged, Question, Reader, UndecidedError
from engine.datasets.writing import write_set
from engine.errors import DataError, DiskError
from engine.evaluation.beir import BeirSet, load_beir
from engine.job import Job
from engine.types_corpora import DatasetRequest

LANGUAGES = ("python", "java", "javascript", "go", "php", "ruby")


@dataclass(frozen=True, slots=True)
class Preset:
    """One protocol. `metrics` are those it reports; it ranks by the first one."""

    name: str
    title: str
    metrics: tuple[str, ...]
    format: str  # of its files, see `engine.datasets`; empty: any
    pipelines: tuple[str, ...] = ("all",)
    rankers: bool = False  # whether its published rankings are measured as well


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "nanocoir",
            "NanoCoIR: ten small tasks of CoIR, with three published rankings each",
            ("ndcg@10", "hit@10", "recall@100"),
            "coir",
            ("all", "rrf:safeguard=yes"),
            rankers=True,
        ),
        Preset("coir", "CoIR: ten tasks", ("ndcg@10", "recall@100"), "coir", rankers=True),
        Preset(
            "codesearchnet",
            "CodeSearchNet by language: documentation to function, over its candidate functions",
            ("mrr", "hit@1", "recall@100"),
            "codesearchnet",
        ),
        Preset(
            "advtest",
            "AdvTest: documentation to Python functions with their names hidden",
            ("mrr", "hit@1", "recall@100"),
            "advtest",
        ),
        Preset(
            "challenge",
            "CodeSearchNet challenge: 99 queries with graded annotations in six languages",
            ("ndcg-exp@10", "judged@10"),
            "codesearchnet-challenge",
        ),
        Preset(
            "cosqa", "CoSQA: web queries to 6,267 Python functions", ("mrr", "ndcg@10"), "cosqa"
        ),
        Preset(
            "webquery",
            "WebQueryTest: does the function answer the web query",
            ("mrr", "ndcg@10"),
            "cosqa",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Task:
    """One set of a protocol, read and checked. `notes` is what its reader said."""

    name: str
    data: BeirSet
    notes: tuple[str, ...] = ()


def preset_of(name: str) -> Preset:
    """The preset of that name. Raises `DataError`."""
    if name not in PRESETS:
        raise DataError(f"there is no preset {name!r}; take one of {', '.join(PRESETS)}")
    return PRESETS[name]


def tasks(preset: Preset, source: Path, cache: Path, only: str = "") -> Job[list[Task]]:
    """Read every task of a protocol that lies at `source`, or `only` one, in its own format.

    Raises `DataError` for the first thing that is wrong, `DiskError`.
    """
    found: list[Task] = []
    if preset.name == "codesearchnet":
        folders = dict(_language_folders(source))
        for language in _chosen(only, list(folders), source):
            task = yield from _read(_functions(folders[language]), language, cache)
            found.append(task)
        return found
    splits = {split or preset.name: split for split in _splits(preset, source)}
    if preset.name == "challenge":  # its tasks are the languages of one set, told apart later
        only = ""
    for name in _chosen(only, list(splits), source):
        request = DatasetRequest(str(source), format=preset.format, split=splits[name])
        task = yield from _read(open_reader(source, request), name, cache)
        found.append(task)
    return found


def _chosen(only: str, names: Sequence[str], source: object) -> Sequence[str]:
    """The tasks to measure. Raises `DataError` if the one that is wanted is not there."""
    if only and only not in names:
        raise DataError(f"{source} has no task {only!r}; it has: {', '.join(names)}")
    return [only] if only else names


def by_language(task: Task, only: str = "") -> list[Task]:
    """A set of functions in several languages as one set for each, as the challenge counts."""
    languages = dict.fromkeys(document.language.lower() for document in task.data.documents)
    return [
        replace(task, name=name, data=_in_language(task.data, name))
        for name in _chosen(only, list(languages), task.name)
    ]


def _in_language(data: BeirSet, language: str) -> BeirSet:
    documents = tuple(d for d in data.documents if d.language.lower() == language)
    there = {document.id for document in documents}
    qrels = {
        query: {found: grade for found, grade in grades.items() if found in there}
        for query, grades in data.qrels.items()
    }
    qrels = {query: grades for query, grades in qrels.items() if grades}
    return replace(
        data,
        name=language,
        documents=documents,
        queries=tuple(query for query in data.queries if query.id in qrels),
        qrels=qrels,
    )


def _splits(preset: Preset, source: Path) -> Sequence[str]:
    """The tasks that a folder has as splits; one empty name if there is nothing to choose."""
    try:
        reader = open_reader(source, DatasetRequest(str(source), format=preset.format))
    except UndecidedError as undecided:
        if undecided.splits:
            return undecided.splits
        raise
    named = reader.split not in ("", "test") and preset.name in ("nanocoir", "coir")
    return [reader.split] if named else [""]


def _read(reader: Reader, name: str, cache: Path) -> Job[Task]:
    """Read a set through the checks that an import makes, by way of a folder that goes again."""
    with _scratch(cache) as folder:
        request = DatasetRequest(source=name)
        written = yield from write_set(reader, folder, request)
        data = load_beir(folder)
    return Task(name, replace(data, name=name), tuple(written.notes))


@contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="set-", dir=cache))
    except OSError as error:
        raise DiskError(
            f"cannot write to {cache}: {error.strerror or error}; make room and try again"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _CandidatesReader(Reader):
    """Functions to ask for, and more of them to search among, as CodeSearchNet is measured."""

    format = "codesearchnet"

    def __init__(self, asked: FunctionsReader, searched: FunctionsReader) -> None:
        super().__init__()
        self._asked = asked
        self._searched = searched
        self.split = asked.split

    def documents(self) -> Iterator[Document]:
        """The candidates."""
        return self._searched.documents()

    def questions(self) -> Iterator[Question]:
        """Those of the test split only."""
        return self._asked.questions()

    def judged(self) -> Iterator[Judged]:
        """Likewise."""
        return self._asked.judged()

    def notes(self) -> list[str]:
        """What was said of the questions."""
        return self._asked.notes()


def _functions(folder: Path) -> Reader:
    codebase = sorted(folder.glob("codebase.jsonl*"))
    if not codebase:
        return open_reader(folder, DatasetRequest(str(folder), format="codesearchnet"))
    test = sorted(folder.glob("test.jsonl*"))
    if not test:
        raise DataError(f"{folder} has a codebase but no test.jsonl; it may be half downloaded")
    asked = FunctionsReader(test, "test")
    return _CandidatesReader(asked, FunctionsReader([*test, *codebase], "test"))


def _language_folders(source: Path) -> list[tuple[str, Path]]:
    """The languages that lie in a folder; the folder itself if it is one language's."""
    if not source.is_dir():
        raise DataError(f"{source} is no folder; give the one with CodeSearchNet's files")
    there = [(name, source / name) for name in LANGUAGES if (source / name).is_dir()]
    if there:
        return there
    name = source.resolve().name.lower()
    return [(name if name in LANGUAGES else "codesearchnet", source)]
