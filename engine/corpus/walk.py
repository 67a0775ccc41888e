"""Finding the files of a corpus, and saying which were left out and why."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pathspec import GitIgnoreSpec

from engine.code.language import language_of_path
from engine.code.normal import clean
from engine.corpus.ignore import IgnoreRules, compile_patterns, matches
from engine.corpus.rows import FoundRow, find_rows, is_rows
from engine.errors import CorpusError
from engine.types_corpora import SkippedFile

MAX_BYTES = 1_000_000
MAX_NOTEBOOK_BYTES = 20_000_000
"""Notebooks may be larger: most of it is output, which is not read."""

NOT_CODE = frozenset(
    {"CSS", "HTML", "JSON", "Markdown", "TOML", "Text", "XML", "YAML", "reStructuredText"}
)
"""Languages that are taken in only if the user's include patterns ask for them."""

VENDORED = frozenset(
    (
        *("node_modules", "bower_components", "jspm_packages", "Pods", "Carthage"),
        *("site-packages", "dist-packages", "__pypackages__"),
        *("vendor", "_vendor", "vendored", "third_party", "third-party"),
    )
)
_MINIFIED = (".min.js", ".min.mjs", ".min.cjs", "-min.js", ".bundle.js")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index: `path` is relative to the folder `root` and uses `/`."""

    root: str
    path: str
    size: int
    mtime_ns: int
    offset: int | None = None  # in the file of rows that `path` is one of, if it is one


Walk = Iterator[FoundFile | SkippedFile | None]


def walk(sources: Sequence[str], include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Walk:
    """The code files under some folders, and those left out for a reason worth telling.

    Respects `.gitignore` files, nested and of the repository around. Left out silently: what is
    ignored or excluded, hidden folders, files that are not code. Told: vendored and unreadable
    folders, files that are minified, too large or unreadable, links that lead back. `include` and
    `exclude` are patterns as in `.gitignore`, relative to each source. Yields None after each
    folder, so that a caller with other duties hears from a walk that finds nothing. Raises
    `CorpusError` if a source does not exist or cannot be read.
    """
    walker = Walker(compile_patterns(include), compile_patterns(exclude))
    for source in dict.fromkeys(sources):
        yield from walker.source(Path(source))
    yield from walker.linked_folders()


class Entry(Protocol):
    """What `os.scandir` says of something in a folder."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def path(self) -> str:
        """Its whole path."""

    def is_dir(self) -> bool:
        """Whether it is a folder, or a link to one."""

    def is_file(self) -> bool:
        """Whether it is a file, or a link to one."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""

    def stat(self) -> os.stat_result:
        """What is known of what it is or leads to."""


class Walker:
    """Walks several sources, going into each real folder once."""

    def __init__(self, include: GitIgnoreSpec | None, exclude: GitIgnoreSpec | None) -> None:
        self._include = include
        self._exclude = exclude
        self._visited: set[str] = set()
        self.links: list[tuple[Path, str, IgnoreRules]] = []

    def source(self, source: Path) -> Walk:
        """The files of one source."""
        try:
            if is_rows(source):
                yield from self._rows(source)
                return
            if source.is_file():
                yield from self._file(str(source.parent), source.name, source.stat(), named=True)
                return
            os.scandir(source).close()
        except OSError as error:
            raise CorpusError(
                f"cannot read {source}: {error.strerror or error}; choose another folder"
            ) from error
        yield from self.folder(source, "", IgnoreRules.around(source))

    def _rows(self, source: Path) -> Walk:
        """The documents of an imported data set, each like a file."""
        changed = source.stat().st_mtime_ns
        for found in find_rows(source):
            if isinstance(found, FoundRow):
                yield FoundFile(str(source.parent), found.path, found.size, changed, found.offset)
            else:
                yield found

    def linked_folders(self) -> Walk:
        """The folders that links lead to: last, so that each is first met under its own name."""
        while self.links:
            root, path, rules = self.links.pop(0)
            if os.path.realpath(root / path) in self._visited:
                yield SkippedFile(str(root / path), "a link to a folder that is there already")
            else:
                yield from self.folder(root, path, rules)

    def folder(self, root: Path, path: str, rules: IgnoreRules) -> Walk:
        """Everything below `root / path`, depth first, without recursion."""
        waiting = [(path, rules)]
        while waiting:
            path, rules = waiting.pop()
            folder = root / path
            real = os.path.realpath(folder)
            if real in self._visited:
                continue
            self._visited.add(real)
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                yield SkippedFile(str(folder), f"cannot be read: {error.strerror or error}")
                continue
            rules = rules.with_folder(folder, path, {entry.name for entry in entries})
            prefix = f"{path}/" if path else ""
            for entry in entries:
                entry_path = prefix + entry.name
                if self.is_folder(entry):
                    skipped = self.enter(entry, root, entry_path, rules, waiting)
                    if skipped is not None:
                        yield skipped
                elif not rules.ignores(entry_path):
                    yield from self.entry(entry, root, entry_path)
            yield None

    @staticmethod
    def is_folder(entry: Entry) -> bool:
        """Whether it is a folder that can be looked at."""
        try:
            return entry.is_dir()
        except OSError:
            return False

    def enter(
        self,
        entry: Entry,
        root: Path,
        path: str,
        rules: IgnoreRules,
        waiting: list[tuple[str, IgnoreRules]],
    ) -> SkippedFile | None:
        """Note a folder for later; or say why not."""
        if entry.name.startswith(".") or entry.name == "__pycache__":
            return None
        if rules.ignores(f"{path}/") or matches(self._exclude, f"{path}/"):
            return None
        if entry.name in VENDORED:
            return SkippedFile(entry.path, "vendored code")
        if os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - speed
            return SkippedFile(entry.path, "a virtual environment")
        if entry.is_symlink():
            self.links.append((root, path, rules))
        else:
            waiting.append((path, rules))
        return None

    def entry(self, entry: Entry, root: Path, path: str) -> Walk:
        """What there is to say of something that is no folder and not ignored."""
        if not self._wanted(path, named=False):
            return
        try:
            status = entry.stat()
            leads_back = entry.is_symlink() and self._is_below(os.path.realpath(entry.path), root)
        except OSError as error:
            yield SkippedFile(entry.path, f"cannot be read: {error.strerror or error}")
            return
        if leads_back:
            yield SkippedFile(entry.path, "a link to a file that is there already")
        elif entry.is_file():
            yield from self._file(str(root), path, status, named=False)

    @staticmethod
    def _is_below(real: str, root: Path) -> bool:
        return Path(real).is_relative_to(os.path.realpath(root))

    def _file(self, root: str, path: str, status: os.stat_result, *, named: bool) -> Walk:
        """A file that is there; `named` if the user named it as a source."""
        if not self._wanted(path, named=named):
            return
        full = f"{root}/{path}"
        limit = MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_BYTES
        shown = clean(full)
        if shown != full:
            yield SkippedFile(shown, "its name is not UTF-8; rename it")
        elif path.lower().endswith(_MINIFIED):
            yield SkippedFile(full, "minified")
        elif status.st_size > limit:
            yield SkippedFile(full, f"larger than {limit // 1_000_000} MB")
        elif status.st_size:
            yield FoundFile(root, path, status.st_size, status.st_mtime_ns)

    def _wanted(self, path: str, *, named: bool) -> bool:
        if matches(self._exclude, path):
            return False
        if self._include is not None:
            return matches(self._include, path)
        language = language_of_path(path)
        return named or (language is not None and language not in NOT_CODE)
