from __future__ import annotations

import pytest

from engine.types import Framework, Grade, StageRanks
from gui import result_text
from tests.gui.hits import CODE, make_chunk, make_hit


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CODE, "scores = torch.matmul(query, key.transpose(-2, -1))"),
        ("import torch\n\nx = 1\ny = torch.zeros(3)\n", "y = torch.zeros(3)"),
        ("def f(\n    a,\n    b=g(1),\n):\n    return h(a)\n", "return h(a)"),
        ('def f():\n    r"""One\n    call(x)\n    """\n    run()\n', "run()"),
        (
            "class A(B):\n    def __init__(self):\n        super().__init__()\n        go()\n",
            "go()",
        ),
        ("def f(a):\n    flags = (\n        is_it(a)\n    )\n    run(a)\n", "run(a)"),
        ("def f(x):\n    if ready(x):\n        go(x)\n", "go(x)"),
        ("func (s *S) Run() error {\n\treturn s.next(1)\n}\n", "return s.next(1)"),
        ("public int f(int a) {\n  return g(a);\n}\n", "return g(a);"),
        ("const f = (a) => {\n  return g(a)\n}\n", "return g(a)"),
        ("# only a comment\n", "# only a comment"),
        ("x  =\t 1", "x = 1"),
        ("(((((\n" * 3, "((((("),
        ("", ""),
    ],
)
def test_the_line_shown_is_the_first_that_says_something(text: str, line: str) -> None:
    assert result_text.first_line(text) == line


def test_a_place_is_a_path_with_lines_and_cell() -> None:
    assert result_text.place_of(make_chunk("a")) == "src/nn/a.py:10–13"
    assert result_text.place_of(make_chunk("a", end_line=10)) == "src/nn/a.py:10"
    assert result_text.place_of(make_chunk("a", cell=0)) == "src/nn/a.py cell 1:10–13"


def test_a_block_is_called_by_its_file_which_is_not_said_twice() -> None:
    chunk = make_chunk("a", name="")
    assert result_text.name_of(chunk) == "a.py"
    assert result_text.place_beside_name(chunk) == "src/nn · 10–13"
    in_notebook = make_chunk("a", name="", path="n.ipynb", cell=4)
    assert result_text.place_beside_name(in_notebook) == "cell 5:10–13"
    at_the_top = make_chunk("a", name="", path="a.py")
    assert result_text.place_beside_name(at_the_top) == "lines 10–13"


def test_a_notebook_cell_is_called_by_the_heading_above_it() -> None:
    chunk = make_chunk("a", name="", cell=0, description="## Training\nWe train.")
    assert result_text.name_of(chunk) == "Training"
    assert result_text.place_beside_name(chunk) == "src/nn/a.py cell 1:10–13"


def test_the_way_through_the_stages_names_those_that_saw_the_hit() -> None:
    ranks = StageRanks(bm25=12, dense=3, fused=4, rerank=1)
    assert result_text.stages_of(ranks) == "BM25 12 → dense 3 → rerank 1"
    assert result_text.stages_of(StageRanks(bm25=2, rerank=1)) == "BM25 2 → rerank 1"
    assert result_text.stages_of(StageRanks()) == ""


def test_bare_figures_keep_their_places() -> None:
    def painted(ranks: StageRanks) -> str:
        return "".join(text for text, _ in result_text.stage_parts(ranks, words=False))

    assert painted(StageRanks(bm25=2, rerank=1)) == "2 → – → 1"
    assert painted(StageRanks(dense=8)) == "– → 8"
    assert painted(StageRanks(bm25=2)) == "2"


def test_a_screen_reader_hears_rank_name_grade_and_place() -> None:
    hit = make_hit("a", rank=2, grade=Grade.STRONG)
    assert result_text.spoken(hit) == (
        "Result 2, layers.a, grade 2 strong, src/nn/a.py, lines 10 to 13"
    )
    assert "not graded" in result_text.spoken(make_hit("a"))
    assert "your snippet" in result_text.spoken(make_hit("a", is_query=True))


def test_a_screen_reader_hears_badges_stages_duplicates_and_code() -> None:
    chunk = make_chunk("a", frameworks=(Framework.TENSORFLOW, Framework.KERAS))
    spoken = result_text.spoken_more(make_hit("a", chunk=chunk, identical=("b", "c", "d")))
    assert spoken == (
        "Python, TensorFlow, Keras. BM25 rank 12, dense rank 3, rerank rank 1. "
        "3 more with identical text. scores = torch.matmul(query, key.transpose(-2, -1))"
    )
