"""Which format a file or folder is in, and the reader for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.datasets.annotations import NAME as ANNOTATIONS
from engine.datasets.annotations import AnnotationsReader
from engine.datasets.beir import BeirReader, is_beir
from engine.datasets.cosqa import CosqaReader, is_cosqa
from engine.datasets.functions import FunctionsReader, is_advtest, is_functions
from engine.datasets.hub_layout import HubReader, is_hub_layout, layout_of
from engine.datasets.humaneval import HumanEvalReader, is_humaneval
from engine.datasets.reading import first_row, kind_of, read_rows
from engine.datasets.records import Reader
from engine.datasets.table import TableReader, is_table
from engine.datasets.translation import TranslationReader, pairs_of_files
from engine.errors import DataError
from engine.types_corpora import DatasetRequest

MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or folder, the files in it, and the first row of each that has one."""

    path: Path
    files: tuple[Path, ...]
    rows: Mapping[Path, Mapping[str, Any]]
    request: DatasetRequest

    @property
    def folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    def having(self, test: Callable[[Mapping[str, Any]], bool]) -> list[Path]:
        """The files whose first row passes a test."""
        return [file for file, row in self.rows.items() if test(row)]


_Opener = Callable[[_Place], Reader | None]


def open_reader(path: Path, request: DatasetRequest) -> Reader:
    """The reader for what lies at `path`, in the format asked for or in the one it looks like.

    Raises `DataError` if there is nothing to read, or nothing of that format.
    """
    place = _look_at(path, request)
    if request.format:
        opener = _OPENERS.get(request.format)
        if opener is None:
            raise DataError(
                f"there is no format {request.format}; choose one of: {', '.join(FORMATS)}"
            )
        reader = opener(place)
        if reader is None:
            raise DataError(
                f"{path} does not look like {request.format}; give that data set's own files, or "
                "name no format"
            )
        return reader
    for opener in _OPENERS.values():
        reader = opener(place)
        if reader is not None:
            return reader
    raise DataError(_trouble(place) or f"{path} is in no format that is known; {_hint(place)}")


def _look_at(path: Path, request: DatasetRequest) -> _Place:
    if not path.exists():
        raise DataError(f"there is no file or folder {path}; check its spelling")
    if not path.is_dir() and not path.is_file():
        raise DataError(f"{path} is not a regular file; copy what it gives to one")
    files = tuple(sorted(_files(path))) if path.is_dir() else (path,)
    partial = [file for file in files if file.suffix in (".part", ".incomplete", ".crdownload")]
    if partial:
        raise DataError(f"{partial[0]} is half downloaded; wait until it is complete")
    tables = [file for file in files if kind_of(file) and file.stat().st_size]
    rows = {file: row for file in tables if (row := first_row(file)) is not None}
    return _Place(path, files, rows, request)


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for file in folder.rglob("*"):
        if not file.is_file() or any(p.startswith(".") for p in file.relative_to(folder).parts):
            continue
        count += 1
        if count > MAX_FILES:
            raise DataError(f"{folder} has more than {MAX_FILES:,} files; give the data set's own")
        yield file


def _beir(place: _Place) -> Reader | None:
    if not is_beir(place.folder) or not (place.path.is_dir() or place.path.name == "corpus.jsonl"):
        return None
    return BeirReader(place.folder, place.request.split)


def _hub(place: _Place) -> Reader | None:
    if not place.path.is_dir():
        return None
    names = [file.relative_to(place.path).as_posix() for file in place.files]
    layout = layout_of(names)
    if is_hub_layout(layout):
        return HubReader(place.path, layout, place.request.split)
    there = layout.keys() & {"corpus", "queries", "qrels"}
    if there - {"qrels"}:
        missing = ", ".join(sorted({"corpus", "queries", "qrels"} - there))
        raise DataError(
            f"{place.path} has {', '.join(sorted(there))} but no {missing}; "
            "the data set may be half downloaded"
        )
    return None


def _annotations(place: _Place) -> Reader | None:
    file = place.folder / ANNOTATIONS
    if not file.is_file() or (place.path.is_file() and place.path != file):
        return None
    if place.path.is_file():
        place = _look_at(place.folder, place.request)
    return AnnotationsReader(file, place.having(is_functions))


def _humaneval(place: _Place) -> Reader | None:
    files = place.having(is_humaneval)
    if files and place.path.is_file():  # one language alone is no set: the others are beside it
        files = _look_at(place.folder, place.request).having(is_humaneval)
    return HumanEvalReader(files, place.request.split) if files else None


def _cosqa(place: _Place) -> Reader | None:
    files = place.having(is_cosqa)
    if len(files) > 1:
        names = ", ".join(sorted(file.name for file in files))
        raise DataError(f"{place.path} has several sets; give one of the files: {names}")
    return CosqaReader(files[0], place.rows[files[0]]) if files else None


def _advtest(place: _Place) -> Reader | None:
    files = place.having(is_advtest)
    return FunctionsReader(files, place.request.split, "advtest") if files else None


def _functions(place: _Place) -> Reader | None:
    files = place.having(is_functions)
    return FunctionsReader(files, place.request.split) if files else None


def _translation(place: _Place) -> Reader | None:
    files = place.files if place.path.is_dir() else tuple(place.folder.iterdir())
    pairs = pairs_of_files(files)
    if place.path.is_file():
        pairs = {split: two for split, two in pairs.items() if place.path in two}
    return TranslationReader(pairs, place.request.split) if pairs else None


def _table(place: _Place) -> Reader | None:
    files = [file for file in place.files if is_table(file)]
    if place.path.is_dir():
        files = [file for file in files if kind_of(file)]
        if len(files) > 1:
            names = ", ".join(file.name for file in files[:8])
            raise DataError(f"{place.path} has several tables; give one of the files: {names}")
    if not files:
        return None
    return TableReader(files[0], place.request.columns, unescape=place.request.unescape)


_OPENERS: Mapping[str, _Opener] = {
    "beir": _beir,
    "coir": _hub,
    "codesearchnet-challenge": _annotations,
    "humaneval-x": _humaneval,
    "cosqa": _cosqa,
    "advtest": _advtest,
    "codesearchnet": _functions,
    "code-translation": _translation,
    "table": _table,
}
"""In the order in which they are tried."""

FORMATS = tuple(_OPENERS)


def _trouble(place: _Place) -> str:
    """What is wrong with the first file that has no row; empty if they all have one."""
    for file in place.files:
        if kind_of(file) and file not in place.rows:
            try:
                next(read_rows(file), None)
            except DataError as error:
                return str(error)
            return f"{file} is empty; get it again"
    return ""


def _hint(place: _Place) -> str:
    tables = [file for file in place.files if kind_of(file)]
    if not tables:
        texts = ", ".join(file.name for file in place.files if file.suffix == ".txt")
        found = f"; give one of its files, if it is a table with tabs: {texts}" if texts else ""
        return f"it has no JSON lines, JSON, CSV or Parquet file{found}"
    return f"{tables[0].name} could not be read; say more with --format and --columns"
