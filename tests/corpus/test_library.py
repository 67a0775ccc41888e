"""All corpora together: what another process does to them, and what cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.corpus.spec_file import SPEC_NAME, corpus_folder
from engine.engine import Engine
from engine.errors import CorpusError
from engine.job import JobContext, run_to_end
from engine.models.catalogue import ModelChoice, load_encoder
from engine.paths import Paths
from engine.types import Query
from engine.types_corpora import CorpusSpec
from tests.corpus.support import module, write
from tests.models.tiny import make_encoder_folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    made = Engine(Paths(home))
    yield made
    made.close()


def index(engine: Engine, folder: Path, name: str = "mine") -> None:
    run_to_end(engine.index(CorpusSpec(name, (str(folder),), watch=False)))


def found(engine: Engine, text: str) -> list[str]:
    result = engine.search(Query(text, "mine", use_dense=False, rerank=0), JobContext())
    return [hit.chunk.name for hit in result.hits]


def test_a_corpus_that_another_process_made_anew_is_opened_anew(
    engine: Engine, home: Path, tmp_path: Path
) -> None:
    write(tmp_path / "one" / "a.py", module("alpha"))
    write(tmp_path / "two" / "b.py", module("beta"))
    index(engine, tmp_path / "one")
    assert "alpha" in found(engine, "alpha")
    other = Engine(Paths(home))
    other.remove_corpus("mine")
    index(other, tmp_path / "two")
    other.close()
    assert "beta" in found(engine, "beta")
    assert "alpha" not in found(engine, "alpha")


def test_one_corpus_of_a_newer_release_does_not_take_the_others_away(
    engine: Engine, home: Path, tmp_path: Path
) -> None:
    for name in ("mine", "newer"):
        write(tmp_path / name / "a.py", module(name))
        index(engine, tmp_path / name, name)
    engine.close()
    import sqlite3

    with sqlite3.connect(corpus_folder(home / "corpora", "newer") / "index.sqlite") as db:
        (table,) = db.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE '%migrations%' AND type = 'table'"
        ).fetchone()
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        row = dict(zip(columns, db.execute(f"SELECT * FROM {table}").fetchone(), strict=True))
        row["name"] = "m999_future"
        row.pop("id", None)
        places = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))
    again = Engine(Paths(home))
    infos = {info.name: info for info in again.corpora()}
    again.close()
    assert infos["mine"].problem == ""
    assert infos["newer"].problem


def test_a_corpus_with_a_damaged_specification_is_named_and_can_be_removed(
    engine: Engine, home: Path, tmp_path: Path
) -> None:
    write(tmp_path / "code" / "a.py", module("alpha"))
    index(engine, tmp_path / "code")
    engine.close()
    folder = corpus_folder(home / "corpora", "mine")
    (folder / SPEC_NAME).write_text("{", encoding="utf-8")
    again = Engine(Paths(home))
    (damaged,) = [info for info in again.corpora() if info.problem]
    assert damaged.name == folder.name
    assert str(folder) in damaged.problem
    again.remove_corpus(damaged.name)
    assert not folder.exists()
    with pytest.raises(CorpusError, match="there is no corpus"):
        again.remove_corpus(damaged.name)
    again.close()


def test_a_corpus_may_be_removed_while_its_vectors_are_computed(
    engine: Engine, tmp_path: Path
) -> None:
    for number in range(40):
        write(tmp_path / "code" / f"m{number}.py", module(f"f{number}"))
    index(engine, tmp_path / "code")
    encoder = load_encoder(ModelChoice("encoder", str(make_encoder_folder(tmp_path / "encoder"))))
    job = engine._library.embed_with("mine", encoder)
    next(job)
    engine.remove_corpus("mine")
    job.close()
    assert [info.name for info in engine.corpora()] == ["sample"]
