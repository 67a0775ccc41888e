"""What `.gitignore` files say about a path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

_NAME = ".gitignore"


def compile_patterns(lines: Iterable[str]) -> GitIgnoreSpec | None:
    """A matcher for patterns as in `.gitignore`, None without any. Invalid lines are left out."""
    kept = [line for line in lines if line.strip() and not line.startswith("#")]
    if not kept:
        return None
    try:
        return GitIgnoreSpec.from_lines(kept)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in kept if _is_valid(line))


def _is_valid(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def matches(patterns: GitIgnoreSpec | None, path: str) -> bool:
    """Whether some patterns, if any, match a path (a folder's ends in `/`)."""
    return patterns is not None and patterns.match_file(path)


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The rules that hold in one folder: its own `.gitignore` and those of the folders above.

    Each layer has a prefix to take off and one to put before a path that is relative to the source,
    so that it becomes relative to the folder of the rules.
    """

    layers: tuple[tuple[str, str, GitIgnoreSpec], ...] = ()

    @classmethod
    def around(cls, source: Path) -> IgnoreRules:
        """The rules of the repository that the folder `source` is inside of, if it is in one.

        A folder that its repository ignores was asked for by name: then only its own rules hold.
        """
        source = source.absolute()
        above: list[tuple[str, str, GitIgnoreSpec]] = []
        if (source / ".git").exists():
            return cls()
        for folder in source.parents:
            patterns = _read(folder)
            if patterns is not None:
                above.append(("", f"{source.relative_to(folder).as_posix()}/", patterns))
            if (folder / ".git").exists():
                rules = cls(tuple(reversed(above)))
                return cls() if rules.ignores("") else rules
        return cls()

    def with_folder(self, folder: Path, path: str, names: Set[str]) -> IgnoreRules:
        """The rules inside the folder `path` (relative to the source) that holds `names`."""
        patterns = _read(folder) if _NAME in names else None
        if patterns is None:
            return self
        return IgnoreRules((*self.layers, (f"{path}/" if path else "", "", patterns)))

    def ignores(self, path: str) -> bool:
        """Whether a path relative to the source is ignored; a folder's ends in `/`.

        The nearest `.gitignore` that says anything about the path decides.
        """
        for taken_off, put_before, patterns in reversed(self.layers):
            said = patterns.check_file(put_before + path.removeprefix(taken_off)).include
            if said is not None:
                return said
        return False


def _read(folder: Path) -> GitIgnoreSpec | None:
    try:
        lines: Sequence[str] = (folder / _NAME).read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    return compile_patterns(lines)
