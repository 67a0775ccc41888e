"""What an update has to do: the files that are there against those that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from engine.code.api_names import api_names
from engine.corpus.chunk import CHUNKER_VERSION
from engine.corpus.index_file import FileKey, KnownFile, Staged
from engine.corpus.walk import FoundFile
from engine.types_corpora import ChangeKind, FileChange

RACY_NS = 2_000_000_000
"""A file changed within this time before it was read may have changed again in the same tick."""


@cache
def recipe() -> str:
    """Changes whenever files would give other chunks or tokens than before."""
    return f"{CHUNKER_VERSION}-{api_names().fingerprint}"


@dataclass(slots=True)
class Plan:
    """Files to process, each with its last version; live and staged versions to drop."""

    todo: list[tuple[FoundFile, KnownFile | None]] = field(default_factory=list)
    removed: dict[FileKey, KnownFile] = field(default_factory=dict)
    stale: list[int] = field(default_factory=list)


def make_plan(
    found: Sequence[FoundFile],
    live: dict[FileKey, KnownFile],
    staged: dict[FileKey, KnownFile],
) -> Plan:
    """Compare the files that are there with the live and the staged ones; both are used up."""
    plan = Plan(removed=live)
    for file in found:
        key = (file.root, file.path)
        before, waiting = live.pop(key, None), staged.pop(key, None)
        if before is not None and _is_current(before, file):
            if waiting is not None:  # changed, and changed back
                plan.stale.append(waiting.id)
        elif waiting is None or not _is_current(waiting, file):
            plan.todo.append((file, waiting or before))
    plan.stale += [file.id for file in staged.values()]
    return plan


def _is_current(known: KnownFile, file: FoundFile) -> bool:
    """Whether the known version is that of the file on disk, going by size and time."""
    same = (known.size, known.mtime_ns, known.recipe) == (file.size, file.mtime_ns, recipe())
    return same and known.mtime_ns < known.seen_ns - RACY_NS


def name_changes(
    staged: Sequence[Staged], removed: Mapping[FileKey, KnownFile]
) -> tuple[FileChange, ...]:
    """The changes in words of files: a new one with the content of a removed one was renamed."""
    gone = {known.digest: path for (_, path), known in removed.items()}
    changes: list[FileChange] = []
    renamed: set[str] = set()
    for file in staged:
        path = file.key[1]
        before = gone.get(file.digest) if file.is_new else None
        if before is not None and before not in renamed:
            renamed.add(before)
            changes.append(FileChange(ChangeKind.RENAMED, path, before))
        else:
            kind = ChangeKind.ADDED if file.is_new else ChangeKind.CHANGED
            changes.append(FileChange(kind, path))
    changes += [FileChange(ChangeKind.REMOVED, path) for _, path in removed if path not in renamed]
    return tuple(changes)
