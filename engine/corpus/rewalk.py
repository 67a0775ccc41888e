"""Looking again at the paths that changed, by the same rules as a walk over everything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from engine.corpus.ignore import IgnoreRules, compile_patterns
from engine.corpus.rows import is_rows
from engine.corpus.walk import FoundFile, Walk, Walker
from engine.errors import CorpusError
from engine.types_corpora import SkippedFile

RULE_FILES = frozenset({".gitignore", "pyvenv.cfg"})
"""Files whose coming and going changes what counts of the folder around them."""

MAX_PATHS = 2_000
"""With more changes than this the system may not have told of all of them."""


class FullWalkNeededError(Exception):
    """These changes cannot be told apart from others: everything has to be looked at."""


@dataclass(slots=True)
class Looked:
    """What there is now at the paths that changed.

    `touched` are roots and paths: whatever was known at such a path or below it is replaced by
    what was `found`.
    """

    found: dict[tuple[str, str], FoundFile] = field(default_factory=dict)
    skipped: list[SkippedFile] = field(default_factory=list)
    touched: set[tuple[str, str]] = field(default_factory=set)

    def outside(self, skipped: Iterable[SkippedFile]) -> list[SkippedFile]:
        """Those that are neither at a path that was looked at nor below one."""
        wholes = {Path(root, path) for root, path in self.touched}
        return [
            item
            for item in skipped
            if Path(item.path) not in wholes and wholes.isdisjoint(Path(item.path).parents)
        ]


def rewalk(
    sources: Sequence[str], include: Sequence[str], exclude: Sequence[str], changed: Iterable[str]
) -> Looked:
    """Look at the absolute paths `changed` and at nothing else.

    Gives what `walk` would find there. Raises `FullWalkNeededError` where only a whole walk can
    say, `CorpusError` if a source is gone: nothing of it is to be taken for deleted.
    """
    places = [Path(source) for source in dict.fromkeys(sources)]
    for place in places:
        if not place.exists():
            raise CorpusError(f"{place} is not there any more; put it back or remove the corpus")
    looker = _Looker(compile_patterns(include), compile_patterns(exclude))
    paths = set(changed)
    if len(paths) > MAX_PATHS:
        raise FullWalkNeededError
    for path in sorted({_scope(Path(path)) for path in paths}):
        looker.look(places, path)
    if looker.links:
        raise FullWalkNeededError
    return looker.looked


def _scope(path: Path) -> Path:
    return path.parent if path.name in RULE_FILES else path


class _Looker(Walker):
    """A walker that goes straight to a path, checking each folder on the way there."""

    def __init__(self, include: GitIgnoreSpec | None, exclude: GitIgnoreSpec | None) -> None:
        super().__init__(include, exclude)
        self.looked = Looked()
        self._rules: dict[tuple[Path, str], IgnoreRules | None] = {}

    def look(self, sources: Sequence[Path], path: Path) -> None:
        """Look at a path in each source that holds it; the first that goes there has it."""
        taken = False
        for source in sources:
            if is_rows(source):
                raise FullWalkNeededError
            if path == source and not source.is_dir():
                self.looked.touched.add((str(source.parent), source.name))
                self._take(self.source(source))
            elif source.is_dir() and path.is_relative_to(source):
                if path == source:
                    raise FullWalkNeededError
                inside = path.relative_to(source).as_posix()
                self.looked.touched.add((str(source), inside))
                taken = taken or self._look_inside(source, inside)

    def _look_inside(self, source: Path, path: str) -> bool:
        """Take what is at a path now. False if a walk of this source does not come by."""
        parent = path.rpartition("/")[0]
        rules = self._rules_in(source, parent)
        if rules is None:
            return False
        entry = _Entry(source / path)
        if self.is_folder(entry):
            waiting: list[tuple[str, IgnoreRules]] = []
            skipped = self.enter(entry, source, path, rules, waiting)
            if skipped is not None:
                self.looked.skipped.append(skipped)
            for inside, around in waiting:
                self._take(self.folder(source, inside, around))
        elif entry.exists() and not rules.ignores(path):
            self._take(self.entry(entry, source, path))
        return True

    def _rules_in(self, source: Path, folder: str) -> IgnoreRules | None:
        """The rules that hold in a folder of a source; None if a walk does not enter it."""
        key = (source, folder)
        if key not in self._rules:
            self._rules[key] = self._make_rules(source, folder)
        return self._rules[key]

    def _make_rules(self, source: Path, folder: str) -> IgnoreRules | None:
        if not folder:
            rules = IgnoreRules.around(source)
        else:
            above = self._rules_in(source, folder.rpartition("/")[0])
            entry = _Entry(source / folder)
            waiting: list[tuple[str, IgnoreRules]] = []
            if above is None or not self.is_folder(entry):
                return None
            self.enter(entry, source, folder, above, waiting)
            if self.links:
                raise FullWalkNeededError
            if not waiting:
                return None
            rules = waiting[0][1]
        return rules.with_folder(source / folder, folder, RULE_FILES)

    def _take(self, walked: Walk) -> None:
        for item in walked:
            if isinstance(item, FoundFile):
                self.looked.found[item.root, item.path] = item
            elif item is not None:
                self.looked.skipped.append(item)


class _Entry:
    """A path as `os.scandir` would give it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.path = str(path)
        self.name = path.name

    def is_dir(self) -> bool:
        return self._path.is_dir()

    def is_file(self) -> bool:
        return self._path.is_file()

    def is_symlink(self) -> bool:
        return self._path.is_symlink()

    def exists(self) -> bool:
        return os.path.lexists(self._path)

    def stat(self) -> os.stat_result:
        return self._path.stat()
