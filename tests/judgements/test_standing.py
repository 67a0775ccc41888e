"""Grades follow the text they were given to, through everything that happens to its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.job import JobContext, run_to_end
from engine.paths import Paths
from engine.types import Grade, Hit, JudgementDraft, Query, SearchResult
from engine.types_corpora import CorpusSpec

ASKED = "normalise the rows of a matrix"
ROWS = '''def normalise_rows(matrix):
    """Normalise the rows of a matrix."""
    total = matrix.sum(axis=1)
    return matrix / total[:, None]
'''
OTHER = '''def load_table(path):
    """Load a table from a file."""
    with open(path) as handle:
        return [line.split() for line in handle]
'''


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = Engine(Paths(tmp_path / "home"))
    yield made
    made.close()


@pytest.fixture
def code(tmp_path: Path, engine: Engine) -> Path:
    """A corpus in which the function that is asked for has been graded."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "a.py").write_text(f"{ROWS}\n\n{OTHER}")
    hit = hit_named(index_and_ask(engine, folder), "normalise_rows")
    assert hit.grade is None
    engine.judge(JudgementDraft(Query(ASKED, "mine"), hit.chunk, Grade.EXACT))
    return folder


def index_and_ask(engine: Engine, folder: Path) -> SearchResult:
    run_to_end(engine.index(CorpusSpec("mine", (str(folder),), lexical_only=True)))
    return engine.search(Query(ASKED, "mine", k=20), JobContext())


def hit_named(result: SearchResult, name: str, path: str | None = None) -> Hit:
    (hit,) = [h for h in result.hits if h.chunk.name == name and path in (None, h.chunk.path)]
    return hit


def test_lines_that_moved_keep_the_grade(engine: Engine, code: Path) -> None:
    (code / "a.py").write_text(f"import numpy\n\n\n{OTHER}\n\n{ROWS}")
    hit = hit_named(index_and_ask(engine, code), "normalise_rows")
    assert (hit.chunk.start_line, hit.grade) == (10, Grade.EXACT)


def test_a_file_that_was_renamed_keeps_the_grade(engine: Engine, code: Path) -> None:
    (code / "sub").mkdir()
    (code / "a.py").rename(code / "sub" / "renamed.py")
    result = index_and_ask(engine, code)
    hit = hit_named(result, "normalise_rows")
    assert (hit.chunk.path, hit.grade) == ("sub/renamed.py", Grade.EXACT)
    assert not any("edited" in note for note in result.notes)


def test_a_function_moved_to_another_file_or_class_keeps_the_grade(
    engine: Engine, code: Path
) -> None:
    (code / "a.py").write_text(OTHER)
    (code / "b.py").write_text(f"{OTHER.replace('load', 'read')}\n\n{ROWS}")
    assert hit_named(index_and_ask(engine, code), "normalise_rows").grade is Grade.EXACT
    # As a method of a long class: deeper, but the same text.
    inside = "".join(f"    {line}" if line.strip() else line for line in ROWS.splitlines(True))
    filler = "\n".join(f"    def step_{n}(self):\n        return {n}\n" for n in range(20))
    (code / "b.py").write_text(f"class Long:\n{filler}\n{inside}")
    assert hit_named(index_and_ask(engine, code), "Long.normalise_rows").grade is Grade.EXACT


def test_every_copy_of_the_text_has_the_grade(engine: Engine, code: Path) -> None:
    (code / "copy.py").write_text(f"{OTHER.replace('load', 'read')}\n\n{ROWS}")
    result = index_and_ask(engine, code)
    hit = hit_named(result, "normalise_rows")
    assert hit.grade is Grade.EXACT and len(hit.identical) == 1
    for folder in ("a.py", "copy.py"):
        only = engine.search(Query(ASKED, "mine", path=folder), JobContext())
        assert hit_named(only, "normalise_rows").grade is Grade.EXACT


def test_a_grade_is_not_passed_on_to_a_text_that_was_edited(engine: Engine, code: Path) -> None:
    edited = ROWS.replace("sum(axis=1)", "max(axis=1)")
    (code / "a.py").write_text(f"{edited}\n\n{OTHER}")
    result = index_and_ask(engine, code)
    hit = hit_named(result, "normalise_rows")
    assert hit.grade is None
    assert "normalise_rows was edited since it was graded 3: grade it again" in result.notes
    (kept,) = engine.judgements("mine")
    assert (kept.grade, kept.chunk_text.strip()) == (Grade.EXACT, ROWS.strip())
    engine.judge(JudgementDraft(Query(ASKED, "mine"), hit.chunk, Grade.WEAK))
    result = index_and_ask(engine, code)
    assert hit_named(result, "normalise_rows").grade is Grade.WEAK
    assert not any("edited" in note for note in result.notes)
    assert [judgement.grade for judgement in engine.judgements("mine")] == [Grade.EXACT, Grade.WEAK]
    # Taken back in the editor, the text is what was graded first.
    (code / "a.py").write_text(f"{ROWS}\n\n{OTHER}")
    assert hit_named(index_and_ask(engine, code), "normalise_rows").grade is Grade.EXACT


def test_several_edited_results_are_one_note(engine: Engine, code: Path) -> None:
    query = Query("normalise rows, load table", "mine")
    before = engine.search(query, JobContext())
    assert len(before.hits) == 2
    for hit in before.hits:
        engine.judge(JudgementDraft(query, hit.chunk, Grade.WEAK))
    edited = ROWS.replace("total", "sums"), OTHER.replace("handle", "lines")
    (code / "a.py").write_text("\n\n".join(edited))
    run_to_end(engine.index(CorpusSpec("mine", (str(code),), lexical_only=True)))
    after = engine.search(query, JobContext())
    assert [hit.grade for hit in after.hits] == [None, None]
    assert after.notes[-1] == "2 results were edited since they were graded: grade them again"


def test_deleted_files_leave_the_results_and_their_judgements_stay(
    engine: Engine, code: Path
) -> None:
    (code / "a.py").unlink()
    (code / "b.py").write_text(OTHER)
    result = index_and_ask(engine, code)
    assert not [hit for hit in result.hits if hit.chunk.name == "normalise_rows"]
    (kept,) = engine.judgements("mine")
    assert (kept.path, kept.grade) == ("a.py", Grade.EXACT)
    (code / "back.py").write_text(ROWS)
    assert hit_named(index_and_ask(engine, code), "normalise_rows").grade is Grade.EXACT
