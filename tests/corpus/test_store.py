"""A corpus on disk says what its sources say, and keeps what it knows."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from engine.code.normal import text_key
from engine.corpus.chunk import chunk_text
from engine.corpus.spec_file import corpus_folder, corpus_folders
from engine.corpus.store import CorpusStore
from engine.corpus.table import build_table, chunk_tokens
from engine.errors import CorpusError
from engine.job import run_to_end
from engine.types import Framework, Progress
from engine.types_corpora import CorpusSpec
from tests.corpus.support import LINES, MANY, create, module, names, plant_many, update, write


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    write(folder / "a.py", module("alpha"))
    write(folder / "sub" / "b.py", module("beta"))
    write(
        folder / "t.py",
        "import torch\nimport numpy as np\n\n\ndef join(a):\n    return torch.cat(a)\n",
    )
    return folder


def test_what_is_read_back_is_what_was_cut(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    report = update(store)
    expected = [
        chunk
        for path in ("a.py", "sub/b.py", "t.py")
        for chunk in chunk_text((code / path).read_text(), path=path, root=str(code))
    ]
    assert (report.files, report.chunks, report.files_changed) == (3, len(expected), 3)
    assert report.skipped == ()
    collection = store.collection()
    assert collection.chunks(range(len(expected))) == expected
    assert collection.texts([1, 0]) == [expected[1].text, expected[0].text]
    table, memory = collection.table, build_table(expected)
    assert table.ids == memory.ids
    assert table.paths == memory.paths
    for name in ("documents", "path_ids", "frameworks", "text_keys", "indptr"):
        assert np.array_equal(getattr(table, name), getattr(memory, name)), name
        assert getattr(table, name).dtype == getattr(memory, name).dtype, name
    words = [table.vocab[number] for number in table.token_ids]
    assert words == [memory.vocab[number] for number in memory.token_ids]
    assert store.chunk(expected[0].id) == expected[0]
    with pytest.raises(CorpusError, match="no chunk 1234"):
        store.chunk("1234")
    store.close()


def test_workers_give_what_this_process_gives(tmp_path: Path) -> None:
    folder = plant_many(tmp_path / "code")
    store = create(tmp_path / "corpora", folder)
    seen: list[Progress] = []
    report = run_to_end(store.update(), seen.append)
    assert (report.files, report.files_changed) == (MANY, MANY)
    collection = store.collection()
    chunks = collection.chunks(range(report.chunks))
    assert names(collection) == {f"function_{number}" for number in range(MANY)}
    table = collection.table
    for row, chunk in enumerate(chunks):
        numbers = table.token_ids[table.indptr[row] : table.indptr[row + 1]]
        assert [table.vocab[number] for number in numbers] == chunk_tokens(chunk)
        assert table.text_keys[row] == text_key(chunk.text)
    done = [progress.done for progress in seen if progress.stage == "indexing"]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, MANY)
    assert {p.total for p in seen if p.stage == "indexing"} == {MANY}
    store.close()


def test_nothing_changed_nothing_done(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    before = store.collection()
    report = update(store)
    assert (report.files, report.files_changed, report.files_removed) == (3, 0, 0)
    assert store.collection() is before
    store.close()
    with_new_eyes = CorpusStore.open(store.folder)
    assert update(with_new_eyes).files_changed == 0
    assert with_new_eyes.collection().table.ids == before.table.ids
    with_new_eyes.close()


def test_only_what_changed_is_processed(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    alpha = store.collection().table.ids[0]
    write(code / "a.py", f"import os\n\n\n{module('alpha')}", when=1_100_000_000)
    write(code / "sub" / "b.py", module("gamma"), when=1_100_000_000)
    write(code / "t.py", (code / "t.py").read_text(), when=1_100_000_000)  # touched, not changed
    (code / "new.py").write_text(module("delta"))
    report = update(store)
    assert (report.files, report.files_changed, report.files_removed) == (4, 3, 0)
    collection = store.collection()
    assert names(collection) == {"alpha", "gamma", "delta", "join"}
    assert collection.table.ids[0] == alpha  # its lines have moved
    assert store.chunk(alpha).start_line == 4
    (code / "new.py").unlink()
    assert update(store).files_removed == 1
    assert names(store.collection()) == {"alpha", "gamma", "join"}
    store.close()


def test_a_file_changed_within_one_tick_is_noticed(tmp_path: Path, code: Path) -> None:
    file = code / "a.py"
    now = time.time_ns()
    os.utime(file, ns=(now, now))
    store = create(tmp_path / "corpora", code)
    update(store)
    text = file.read_text()
    file.write_text(text.replace("alpha", "omega"))
    os.utime(file, ns=(now, now))  # the same size and time as before
    assert update(store).files_changed == 1
    assert "omega" in names(store.collection())
    store.close()


def test_a_snapshot_can_be_read_while_the_corpus_moves_on(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    before = store.collection()
    texts = before.texts(range(len(before.table)))
    write(code / "a.py", module("changed"), when=1_100_000_000)
    (code / "sub" / "b.py").unlink()
    job = store.update()
    for progress in job:
        assert before.texts(range(len(before.table))) == texts
        if progress.stage != "opening":  # the last step: the new generation is there
            assert store.collection() is before
    assert store.collection() is not before
    assert before.texts(range(len(before.table))) == texts
    update(store)  # now nobody needs the old generation
    with pytest.raises(CorpusError, match="search again"):
        before.texts(range(len(before.table)))
    store.close()


def test_closing_the_job_keeps_what_is_done(tmp_path: Path) -> None:
    folder = plant_many(tmp_path / "code")
    store = create(tmp_path / "corpora", folder)
    with pytest.raises(CorpusError, match="index it again"):
        store.collection()
    job = store.update()
    for progress in job:
        if progress.stage == "indexing" and progress.done >= MANY // 3:
            break
    job.close()
    some = names(store.collection())
    assert MANY // 3 <= len(some) < MANY
    assert "not indexed to the end" in store.info().problem
    seen: list[Progress] = []
    report = run_to_end(store.update(), seen.append)
    rest = next(progress.total for progress in seen if progress.stage == "indexing")
    assert rest == MANY - len(some)
    assert report.files_changed == rest
    assert names(store.collection()) == {f"function_{number}" for number in range(MANY)}
    assert store.info().problem == ""
    store.close()


def test_a_stopped_reindexing_leaves_the_old_generation_and_goes_on_later(tmp_path: Path) -> None:
    folder = plant_many(tmp_path / "code")
    store = create(tmp_path / "corpora", folder)
    update(store)
    before = store.collection()
    for number in range(MANY):
        path = folder / f"part{number % 7}" / f"m{number}.py"
        write(path, module(f"renamed_{number}", LINES), when=1_100_000_000)
    job = store.update()
    for progress in job:
        if progress.stage == "indexing" and progress.done >= MANY // 3:
            break
    job.close()
    assert store.collection() is before
    assert store.info().problem == ""
    report = update(store)
    assert 0 < report.files_changed < MANY
    assert names(store.collection()) == {f"renamed_{number}" for number in range(MANY)}
    store.close()


def test_a_file_that_changed_and_changed_back_is_as_before(tmp_path: Path) -> None:
    folder = plant_many(tmp_path / "code")
    store = create(tmp_path / "corpora", folder)
    update(store)
    before = store.collection()
    files = sorted(folder.rglob("*.py"))
    for file in files:
        write(file, file.read_text().replace("function", "other"), when=1_100_000_000)
    job = store.update()
    for progress in job:
        if progress.stage == "indexing" and progress.done >= MANY // 3:
            break
    job.close()
    for file in files:
        write(file, file.read_text().replace("other", "function"))
    assert update(store).files_changed == 0
    assert store.collection() is before
    store.close()


def test_info_counts_what_is_there(tmp_path: Path, code: Path) -> None:
    write(code / "broken.ipynb", "{")
    write(code / "node_modules" / "x.js", "var x = 1")
    write(code / "j.js", "function add(a, b) {\n  return a + b;\n}\n")
    store = create(tmp_path / "corpora", code, name="My corpus/ö")
    report = update(store)
    assert {Path(s.path).name: s.reason.split(" (")[0] for s in report.skipped} == {
        "node_modules": "vendored code",
        "broken.ipynb": "not a readable notebook",
    }
    info = store.info("encoder")
    assert (info.name, info.sources, info.builtin) == ("My corpus/ö", (str(code),), False)
    assert (info.files, info.chunks, info.skipped, info.vectors) == (4, report.chunks, 2, 0)
    assert info.languages == {"Python": info.chunks - 1, "JavaScript": 1}
    assert info.frameworks[Framework.PYTORCH] == 1
    assert info.updated is not None
    assert info.problem == ""
    store.close()


def test_two_sources_with_the_same_paths_stay_apart(tmp_path: Path) -> None:
    for side in ("left", "right"):
        write(tmp_path / side / "same.py", module("same"))
    store = create(tmp_path / "corpora", tmp_path / "left", tmp_path / "right")
    update(store)
    collection = store.collection()
    table = collection.table
    assert len(set(table.ids)) == len(table.ids) == 4
    roots = [chunk.root for chunk in collection.chunks(range(4))]
    assert set(roots) == {str(tmp_path / "left"), str(tmp_path / "right")}
    alone = create(tmp_path / "corpora", tmp_path / "left", name="alone")
    update(alone)
    assert set(alone.collection().table.ids) < set(table.ids)
    alone.close()
    store.close()


def test_a_new_specification_takes_over(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    spec = CorpusSpec("mine", (str(code),), exclude=("sub/",), lexical_only=True)
    report = run_to_end(store.update(spec))
    assert (report.files, report.files_removed) == (2, 1)
    store.close()
    again = CorpusStore.open(store.folder)
    assert again.spec == spec
    assert again.info().lexical_only
    again.close()


def test_a_new_specification_of_which_nothing_comes_leaves_the_former(
    tmp_path: Path, code: Path
) -> None:
    store = create(tmp_path / "corpora", code)
    before = update(store)
    kept = store.spec
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="no code was found"):
        run_to_end(store.update(CorpusSpec("mine", (str(tmp_path / "empty"),))))
    store.close()
    again = CorpusStore.open(store.folder)
    assert again.spec == kept
    assert update(again).files == before.files
    again.close()


def test_a_new_specification_of_a_corpus_that_was_closed_is_kept(
    tmp_path: Path, code: Path
) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    store.close()
    spec = CorpusSpec("mine", (str(code),), exclude=("sub/",), watch=False)
    anew = CorpusStore.create(tmp_path / "corpora", spec)
    run_to_end(anew.update(spec))
    anew.close()
    again = CorpusStore.open(anew.folder)
    assert again.spec == spec
    again.close()


def test_what_is_followed_is_kept_without_undoing_what_another_process_wrote(
    tmp_path: Path, code: Path
) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    other = CorpusStore.open(store.folder)
    run_to_end(other.update(CorpusSpec("mine", (str(code),), exclude=("sub/",))))
    other.close()
    store.set_watch(False)
    store.close()
    again = CorpusStore.open(store.folder)
    assert (again.spec.exclude, again.spec.watch) == (("sub/",), False)
    again.close()


def test_corpora_are_found_by_folder_and_removed(tmp_path: Path, code: Path) -> None:
    corpora = tmp_path / "corpora"
    assert corpus_folders(corpora) == []
    first, second = create(corpora, code, name="A b"), create(corpora, code, name="a B")
    update(first)
    assert set(corpus_folders(corpora)) == {first.folder, second.folder}
    assert corpus_folder(corpora, "A b") == first.folder
    derived = first.collection().sidecars
    assert derived is not None and derived.is_dir()
    (derived / "something").write_text("made from this generation")
    first.remove()
    assert corpus_folders(corpora) == [second.folder]
    assert not first.folder.exists()
    second.close()


def test_what_was_derived_goes_with_its_generation(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    derived = store.collection().sidecars
    assert derived is not None
    update(store)
    assert store.collection().sidecars == derived
    write(code / "a.py", module("changed"), when=1_100_000_000)
    update(store)
    assert store.collection().sidecars != derived
    assert not derived.exists()
    store.close()
