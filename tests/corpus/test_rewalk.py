"""Looking at what changed gives what looking at everything would."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.corpus.rewalk import MAX_PATHS, FullWalkNeededError, rewalk
from engine.corpus.store import CorpusStore
from engine.errors import CorpusError
from engine.job import run_to_end
from engine.types import Progress
from engine.types_corpora import ChangeKind, CorpusSpec, FileChange
from tests.corpus.support import create, module, names, update, write

FOLDERS = ("", "pkg", "pkg/sub", "pkg/node_modules", ".hidden", "build", "other")
FILES = ("a.py", "b.py", "c.txt", "x.min.js", ".gitignore", "big.py")
RULES = ("build/\nother/\n", "*.py\n!b.py\n!stays.py\n", "sub\n", "# nothing\n")

paths = st.builds(
    lambda f, n: f"{f}/{n}".lstrip("/"), st.sampled_from(FOLDERS), st.sampled_from(FILES)
)
rule_files = st.sampled_from((".gitignore", "pkg/.gitignore", "pkg/sub/.gitignore"))
changes = st.one_of(
    st.tuples(st.just("write"), rule_files, st.integers(0, 3)),
    st.tuples(st.just("write"), paths, st.integers(0, 3)),
    st.tuples(st.just("delete"), st.one_of(paths, st.sampled_from(FOLDERS[1:])), st.just(0)),
    st.tuples(st.just("rename"), st.one_of(paths, st.sampled_from(FOLDERS[1:])), st.integers(0, 9)),
)


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp())
    try:
        yield made
    finally:
        shutil.rmtree(made)


def apply(root: Path, change: tuple[str, str, int], step: int) -> set[str]:
    """Do something to the files; return the paths that a watcher would name."""
    action, path, number = change
    target = root / path
    if action == "write":
        if any(parent.is_file() for parent in target.parents) or target.is_dir():
            return set()
        text = {".gitignore": RULES[number], "big.py": "x = 1\n" * (200_000 if number else 1)}
        write(target, text.get(target.name, module(f"f{number}_{step}")), when=10**9 + step)
        made = [parent for parent in target.parents if parent.is_relative_to(root / "pkg")]
        return {str(target), *map(str, made[:1])}
    if not target.exists():
        return set()
    if action == "delete":
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return {str(target)}
    to = root / FOLDERS[number % len(FOLDERS)] / f"moved{step}.py"
    if target.is_dir() or not to.parent.is_dir():
        to = root / f"moved{step}"
    target.rename(to)
    return {str(target), str(to)}


def look(store: CorpusStore) -> tuple[dict[str, list[str]], set[tuple[str, str]]]:
    collection = store.collection()
    found: dict[str, list[str]] = {}
    for chunk in collection.chunks(range(len(collection.table))):
        found.setdefault(f"{chunk.root}/{chunk.path}", []).append(chunk.text)
    return found, {(item.path, item.reason) for item in store.skipped_files()}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(changes, min_size=1, max_size=4), min_size=1, max_size=4), st.booleans())
def test_taking_in_changes_gives_what_indexing_anew_gives(
    rounds: list[list[tuple[str, str, int]]], two_sources: bool
) -> None:
    with folder() as base:
        root = base / "code"
        write(root / "stays.py", module("stays"))
        write(root / "pkg" / "a.py", module("first"))
        sources = [str(root)]
        if two_sources:
            sources.append(str(root / "pkg"))
            (root / ".git").mkdir()
        store = CorpusStore.create(base / "corpora", CorpusSpec("mine", tuple(sources)))
        update(store)
        step = 0
        for number, round_ in enumerate(rounds):
            changed: set[str] = set()
            for change in round_:
                step += 1
                changed |= apply(root, change, step)
            if not (root / "pkg").is_dir() and two_sources:
                return
            run_to_end(store.update(changed=changed))
            anew = CorpusStore.create(base / f"anew{number}", CorpusSpec("mine", tuple(sources)))
            update(anew)
            assert look(store) == look(anew)
            anew.close()
        store.close()


def test_nothing_else_is_looked_at(tmp_path: Path) -> None:
    code = tmp_path / "code"
    for number in range(40):
        write(code / f"m{number}.py", module(f"f{number}"))
    store = create(tmp_path / "corpora", code)
    update(store)
    write(code / "m1.py", module("changed"), when=1_100_000_000)
    write(code / "m2.py", module("not_told_of"), when=1_100_000_000)
    seen: list[Progress] = []
    report = run_to_end(store.update(changed={str(code / "m1.py")}), seen.append)
    assert report.files_changed == 1
    assert {p.total for p in seen if p.stage == "indexing"} == {1}
    assert not [p for p in seen if p.stage == "looking for files"]
    assert "changed" in names(store.collection())
    assert "not_told_of" not in names(store.collection())
    assert update(store).files_changed == 1
    store.close()


def test_changes_are_named(tmp_path: Path) -> None:
    code = tmp_path / "code"
    for name in ("stays", "edited", "renamed", "removed"):
        write(code / f"{name}.py", module(name))
    store = create(tmp_path / "corpora", code)
    assert update(store).changes == ()
    write(code / "edited.py", module("other"), when=1_100_000_000)
    (code / "sub").mkdir()
    (code / "renamed.py").rename(code / "sub" / "new_name.py")
    (code / "removed.py").unlink()
    write(code / "added.py", module("added"))
    changed = {"edited.py", "renamed.py", "sub", "removed.py", "added.py"}
    report = run_to_end(store.update(changed={str(code / path) for path in changed}))
    assert sorted(report.changes, key=lambda change: change.path) == [
        FileChange(ChangeKind.ADDED, "added.py"),
        FileChange(ChangeKind.CHANGED, "edited.py"),
        FileChange(ChangeKind.REMOVED, "removed.py"),
        FileChange(ChangeKind.RENAMED, "sub/new_name.py", "renamed.py"),
    ]
    store.close()


def test_a_path_that_nobody_wants_changes_nothing(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    store = create(tmp_path / "corpora", code)
    update(store)
    before, when = store.collection(), store.info().updated
    write(code / "notes.txt", "nothing")
    report = run_to_end(store.update(changed={str(code / "notes.txt"), str(code / "gone.py")}))
    assert (report.files_changed, report.files_removed, report.changes) == (0, 0, ())
    assert store.collection() is before
    assert store.info().updated == when
    store.close()


def test_looking_at_everything_again_is_no_change(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    write(code / "x.min.js", "left out")
    store = create(tmp_path / "corpora", code)
    update(store)
    when = store.info().updated
    update(store)
    assert store.info().updated == when
    write(code / "y.min.js", "left out too")
    update(store)
    assert store.info().skipped == 2
    store.close()


def test_a_source_that_is_gone_is_not_taken_for_deleted(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    store = create(tmp_path / "corpora", code)
    update(store)
    code.rename(tmp_path / "unmounted")
    with pytest.raises(CorpusError, match="not there any more"):
        run_to_end(store.update(changed={str(code / "a.py")}))
    code.mkdir()
    with pytest.raises(CorpusError, match="no code was found"):
        run_to_end(store.update(changed={str(code / "a.py")}))
    assert names(store.collection()) == {"alpha"}
    store.close()


def test_a_corpus_that_is_not_complete_is_walked_as_a_whole(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "a.py", module("alpha"))
    write(code / "b.py", module("beta"))
    store = create(tmp_path / "corpora", code)
    run_to_end(store.update(changed={str(code / "a.py")}))
    assert names(store.collection()) == {"alpha", "beta"}
    store.close()


def test_what_cannot_be_told_apart_asks_for_a_whole_walk(tmp_path: Path) -> None:
    write(tmp_path / "code" / "a.py", module("alpha"))
    write(tmp_path / "elsewhere" / "b.py", module("beta"))
    code = tmp_path / "code"
    many = {str(code / f"{number}.py") for number in range(MAX_PATHS + 1)}
    for changed in (many, {str(code)}, {str(code / ".gitignore")}):
        with pytest.raises(FullWalkNeededError):
            rewalk([str(code)], (), (), changed)
    (code / "linked").symlink_to(tmp_path / "elsewhere")
    for changed in ({str(code / "linked")}, {str(code / "linked" / "b.py")}):
        with pytest.raises(FullWalkNeededError):
            rewalk([str(code)], (), (), changed)


def test_the_rules_of_every_folder_on_the_way_hold(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / ".gitignore", "secret*.py\n")
    write(code / "pkg" / ".gitignore", "made/\n")
    write(code / "pkg" / "a.py", module("alpha"))
    store = CorpusStore.create(
        tmp_path / "corpora", CorpusSpec("mine", (str(code),), exclude=("tests/",))
    )
    update(store)
    saved = (
        *("pkg/secret_1.py", "pkg/made/b.py", "pkg/made/deep/c.py", "tests/d.py"),
        *(".venv/e.py", "vendor/f.py", "pkg/g.min.js", "pkg/fine.py"),
    )
    for path in saved:
        write(code / path, module(Path(path).stem.replace(".", "_")))
    run_to_end(store.update(changed={str(code / path) for path in saved}))
    assert names(store.collection()) == {"alpha", "fine"}
    store.close()
