"""Pairs from folders of Python files: docstrings and comments with the code they describe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from engine.corpus.walk import FoundFile
from engine.errors import DataError
from engine.learning.definitions import definitions
from engine.learning.pairs.comments import Commented, commented_code, parents
from engine.learning.pairs.docstrings import describe_at_length, is_worth_finding
from engine.learning.pairs.layout import Layout
from engine.learning.pairs.reading import Step, imports_any, read_text
from engine.learning.pairs.record import Kind, Pair, anonymous
from engine.learning.pairs.tokens import MIN_COMMENT_TOKENS, torch_likeness
from engine.types_corpora import SkippedFile

MAX_BYTES = 1_000_000

_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "__init__.py")
_TESTS = frozenset({"test", "tests", "testing", "_vendor", "vendor", "third_party", "migrations"})


def read_file(file: FoundFile, importing: Sequence[str]) -> Step:
    """The pairs of one Python file; none if it does not import one of the packages asked for."""
    if is_test(file.path):
        return Step(size=file.size)
    try:
        source = read_text(Path(file.root, file.path), MAX_BYTES)
    except DataError as error:
        return Step(size=file.size, skipped=SkippedFile(f"{file.root}/{file.path}", str(error)))
    if not imports_any(source, importing):
        return Step(size=file.size)
    pairs = repository_pairs(source, *repository_of(Path(file.root), file.path))
    return Step(tuple(pairs), file.size)


def repository_pairs(source: str, repository: str, path: str) -> Iterator[Pair]:
    """The pairs of one file; `repository` and `path` are only ever written as hashes.

    A pair whose code lies within another's has that one as its parent.
    """
    layout = Layout(source)
    likeness = torch_likeness(source)
    group = anonymous("repository", repository)
    found = [(Kind.REPOSITORY_DOCSTRING, span) for span in documented_functions(source)]
    found += [
        (Kind.REPOSITORY_BLOCK_COMMENT if span.is_block else Kind.REPOSITORY_COMMENT, span)
        for span in commented_code(layout, MIN_COMMENT_TOKENS)
    ]
    found.sort(key=lambda item: (item[1].first, -item[1].last))
    references = [anonymous(repository, path, kind, span.first, span.text) for kind, span in found]
    for index, parent in enumerate(parents([span for _, span in found])):
        kind, span = found[index]
        yield Pair(
            text=span.text,
            code=span.code,
            kind=kind,
            reference=references[index],
            group=group,
            parent=None if parent is None else references[parent],
            torch_likeness=likeness,
        )


def documented_functions(source: str) -> Iterator[Commented]:
    """Each docstring of enough words with the function or method it documents."""
    for definition in definitions(source):
        if not definition.docstring or not is_worth_finding(definition):
            continue
        text = describe_at_length(definition.docstring, MIN_COMMENT_TOKENS)
        if text:
            yield Commented(text, definition.code, definition.first, definition.last, True)


def is_test(path: str) -> bool:
    """Whether the file is a test or somebody else's code, whose comments describe little."""
    parts = path.lower().split("/")
    return not _TESTS.isdisjoint(parts[:-1]) or parts[-1].startswith(("test_", "conftest"))


def repository_of(root: Path, path: str) -> tuple[str, str]:
    """The repository that a file belongs to, and the file's path within it.

    The source itself, if it looks like one (a package, or the root of a project). Else the source
    is a folder of repositories: the outermost folder on the way to the file that looks like one,
    or the first. The name is the folder's, so that the same folder elsewhere gives the same hash.
    """
    if _is_repository(root):
        return root.name, path
    parents = list(PurePosixPath(path).parents)[-2::-1]  # from the outermost, without "."
    for parent in parents:
        if _is_repository(root / parent):
            return str(parent), path[len(str(parent)) + 1 :]
    return (str(parents[0]) if parents else path), path


def _is_repository(folder: Path) -> bool:
    return any((folder / marker).exists() for marker in _MARKERS)
