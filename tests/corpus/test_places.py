"""Finding chunks by what people call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.errors import CorpusError
from engine.job import JobContext, run_to_end
from engine.paths import Paths
from engine.types import Query
from engine.types_corpora import CorpusSpec


@pytest.fixture
def engine(tmp_path: Path, project: Path) -> Iterator[Engine]:
    for folder in ("one", "two"):
        (project / folder).mkdir()
        (project / folder / "odd_100%.py").write_text(
            f"def twin(x):\n    return x + {len(folder)}, '{folder}'\n", encoding="utf-8"
        )
    engine = Engine(Paths(tmp_path / "home"))
    run_to_end(engine.index(CorpusSpec("mine", (str(project),), lexical_only=True)))
    yield engine
    engine.close()


def called(engine: Engine, text: str) -> list[tuple[str, str]]:
    return [(chunk.path, chunk.name) for chunk in engine.chunks_called("mine", text)]


def test_a_name_of_its_own_is_enough(engine: Engine) -> None:
    query = Query("scaled attention", "mine")
    by_name = engine.explain(query, "dot_product_attention", JobContext())
    by_place = engine.explain(query, "torch_attention.py:8", JobContext())
    assert by_name == by_place


def test_a_name_of_several_asks_which(engine: Engine) -> None:
    with pytest.raises(CorpusError, match=r"several chunks named twin; say which: one/.*:1, two/"):
        engine.explain(Query("x", "mine"), "twin", JobContext())


def test_what_is_typed_finds_names_paths_and_places(engine: Engine) -> None:
    assert called(engine, "ATTEND")[0] == ("tf_attention.py", "attend")
    assert {path for path, _ in called(engine, "csv_")} == {"csv_reader.py"}
    assert called(engine, "csv_reader.py:5")[0] == ("csv_reader.py", "read_rows")
    assert len(called(engine, "twin")) == 2
    assert called(engine, "  ") == called(engine, "nothing_like_it") == []


def test_signs_of_the_query_language_are_plain_characters(engine: Engine) -> None:
    assert {path for path, _ in called(engine, "100%")} == {"one/odd_100%.py", "two/odd_100%.py"}
    assert called(engine, "dot%attention") == []
    assert called(engine, "read.rows") == called(engine, "readXrows") == []
