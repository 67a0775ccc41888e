"""Parallel programs, as CodeXGLUE's code translation has them (Lu et al., 2021).

Two files of equal length, `<split>.<a>-<b>.txt.<a>` and `<split>.<a>-<b>.txt.<b>`: line n of the
one does the same as line n of the other. The first language asks, the second is searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from engine.datasets.reading import lines
from engine.datasets.records import Document, Judged, Question, Reader, clean
from engine.datasets.splits import choose_split
from engine.errors import DataError

_NAME = re.compile(r"(?P<split>\w+)\.(?P<a>\w+)-(?P<b>\w+)\.txt\.(?P<side>\w+)")


def pairs_of_files(files: Iterable[Path]) -> Mapping[str, tuple[Path, Path]]:
    """The two files of each split, the asking side first."""
    sides: dict[str, dict[bool, Path]] = {}
    for file in files:
        found = _NAME.fullmatch(file.name)
        if found is not None and found["side"] in (found["a"], found["b"]):
            sides.setdefault(found["split"], {})[found["side"] == found["b"]] = file
    return {split: (two[False], two[True]) for split, two in sides.items() if len(two) == 2}


class TranslationReader(Reader):
    """Reads one split."""

    format = "code-translation"

    def __init__(self, pairs: Mapping[str, tuple[Path, Path]], split: str = "") -> None:
        super().__init__()
        self.splits = tuple(pairs)
        where = str(next(iter(pairs.values()))[0].parent)
        self.split = choose_split(self.splits, split, where)
        self._asks, self._answers = pairs[self.split]
        self._language = self._answers.suffix[1:]
        one, other = _count(self._asks), _count(self._answers)
        if one != other:
            raise DataError(
                f"{self._asks} has {one:,} lines and {self._answers.name} {other:,}; "
                "one of them may be cut short"
            )

    def documents(self) -> Iterator[Document]:
        """The lines of the second file."""
        for number, text in lines(self._answers):
            yield Document(f"{self._language}-{number}", clean(text), language=self._language)

    def questions(self) -> Iterator[Question]:
        """The lines of the first file."""
        for number, text in lines(self._asks):
            yield Question(f"{self._asks.suffix[1:]}-{number}", clean(text))

    def judged(self) -> Iterator[Judged]:
        """Each line answers the one of its number."""
        for number, _ in lines(self._asks):
            yield Judged(f"{self._asks.suffix[1:]}-{number}", f"{self._language}-{number}", 1)


def _count(file: Path) -> int:
    return sum(1 for _ in lines(file))
