"""Vectors are kept by content: never lost, never made twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.corpus.snapshot import StoredCollection
from engine.corpus.store import CorpusStore
from tests.corpus.support import create, module, update, write

MODEL = "model-1"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    for name in ("alpha", "beta", "gamma"):
        write(folder / f"{name}.py", module(name))
    write(folder / "copy" / "alpha.py", module("alpha"))
    return folder


def embed(collection: StoredCollection, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit vectors that depend on the text only."""
    vectors = np.zeros((len(rows), 8), dtype=np.float32)
    for place, text in enumerate(collection.texts(rows.tolist())):
        vectors[place, sum(text.encode()) % 8] = 1.0
    return vectors


def fill(collection: StoredCollection, fingerprint: str = MODEL, batch: int = 2) -> int:
    """Embed what is missing, in small batches; how many that were."""
    rows = collection.missing_vectors(fingerprint)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        collection.put_vectors(fingerprint, part.tolist(), embed(collection, part))
    return len(rows)


def assert_full(collection: StoredCollection, fingerprint: str = MODEL) -> None:
    found = collection.vectors(fingerprint)
    assert found is not None
    vectors, present = found
    rows = np.arange(len(collection.table))
    assert present.all()
    assert np.array_equal(vectors, embed(collection, rows))
    assert not len(collection.missing_vectors(fingerprint))


def test_vectors_fill_in_batch_by_batch(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    collection = store.collection()
    assert collection.vectors(MODEL) is None
    missing = collection.missing_vectors(MODEL)
    distinct = len(set(collection.texts(range(len(collection.table)))))
    assert len(missing) == distinct < len(collection.table)  # the copy shares its vectors
    collection.put_vectors(MODEL, [int(missing[0])], embed(collection, missing[:1]))
    first = collection.vectors(MODEL)
    assert first is not None and 0 < first[1].sum() < len(first[1])
    assert store.info(MODEL).vectors == first[1].sum()
    assert fill(collection) == distinct - 1
    second = collection.vectors(MODEL)
    assert second is not None and second[0] is first[0]  # it fills up in place
    assert not first[1].all()
    assert_full(collection)
    assert store.info(MODEL).vectors == store.info().chunks == len(collection.table)
    assert store.info("another").vectors == 0
    store.close()
    again = CorpusStore.open(store.folder)
    assert_full(again.collection())
    again.close()


def test_unchanged_text_is_never_embedded_twice(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    fill(store.collection())
    (code / "beta.py").rename(code / "moved.py")
    write(code / "gamma.py", f"import os\n\n{module('gamma')}\n\n{module('new')}", 1_100_000_000)
    update(store)
    collection = store.collection()
    missing = collection.chunks(collection.missing_vectors(MODEL).tolist())
    assert {chunk.name for chunk in missing if chunk.name} == {"new"}
    fill(collection)
    assert_full(collection)
    store.close()


def test_each_encoder_has_its_own(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    collection = store.collection()
    fill(collection)
    assert collection.vectors("model-2") is None
    fill(collection, "model-2")
    assert_full(collection)
    assert_full(collection, "model-2")
    with pytest.raises(ValueError, match="vectors are"):
        collection.put_vectors(MODEL, [0], np.ones((1, 9), dtype=np.float32))
    store.close()


def test_what_another_process_embeds_is_seen(tmp_path: Path, code: Path) -> None:
    store, rival = create(tmp_path / "corpora", code), create(tmp_path / "corpora", code)
    update(store)
    here, there = store.collection(), rival.collection()
    fill(here)
    assert_full(there)
    store.close()
    rival.close()


def test_vectors_of_text_that_is_gone_are_dropped(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    fill(store.collection(), batch=3)
    for path in code.rglob("*.py"):
        if path.stem != "beta":
            path.unlink()
    update(store)
    collection = store.collection()
    assert_full(collection)
    kept = store.collection().vector_keys
    assert stored_keys(store) == set(kept.tolist())
    store.close()


def test_dropped_vectors_leave_the_disk_and_nobody_else_s(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    collection = store.collection()
    fill(collection)
    rows = collection.missing_vectors("gone")
    collection.put_vectors("gone", rows.tolist(), np.ones((len(rows), 20_000), dtype=np.float32))
    rival = CorpusStore.open(store.folder)
    there = rival.collection()
    assert there.vectors("gone") is not None
    size = size_of(store)
    freed = store.drop_vectors({"gone", "never seen"})
    assert freed == len(rows) * (8 + 2 * 20_000)
    assert store.kept_encoders() == {MODEL}
    assert store.drop_vectors({"gone"}) == 0
    assert_full(store.collection())
    found = store.collection().vectors("gone")
    assert found is not None and not found[1].any()
    (timeout,) = store._index.rows("PRAGMA busy_timeout")[0]
    assert timeout == 10_000
    rival.close()
    store.close()
    assert size_of(store) < size - freed // 2


def test_vectors_are_dropped_while_another_process_reads(tmp_path: Path, code: Path) -> None:
    store = create(tmp_path / "corpora", code)
    update(store)
    fill(store.collection(), "gone")
    fill(store.collection())
    rival = CorpusStore.open(store.folder)
    with rival._index.reading() as connection:
        connection.execute("SELECT count(*) FROM vectors").fetchall()
        assert store.drop_vectors({"gone"}) > 0  # only the file keeps its size
    assert rival.kept_encoders() == {MODEL}
    assert_full(store.collection())
    rival.close()
    store.close()


def size_of(store: CorpusStore) -> int:
    """Bytes of the index with what is not moved over yet."""
    return sum(path.stat().st_size for path in store.folder.glob("index.sqlite*"))


def stored_keys(store: CorpusStore) -> set[int]:
    from engine.corpus.vectors import kept_keys

    return set(kept_keys(store._index, 1).tolist())
