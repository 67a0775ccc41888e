"""Which pairs a step of the slow stage reads, and with which targets."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands.output import print_json
from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.graded import TARGETS, GradedPair, read_graded, read_targets
from engine.learning.groups import Text
from engine.learning.negatives import RankedExample
from engine.learning.pair_rows import GRADED, NegativeMix, PairRows
from engine.types import Grade, Judgement, StageRanks, StageScores

NEVER = Chances(0, 0, 0, 0, 0, 0, 0)


def code(name):
    return Text(f"def {name}(x): return {name} + {name}_other({name}_value)", "Python")


def examples(count=12, negatives=3):
    return [
        RankedExample(
            "docstrings",
            Text(f"query {n}"),
            code(f"positive{n}"),
            tuple(code(f"hard{n}_{k}") for k in range(negatives)),
        )
        for n in range(count)
    ]


def rows_of(found, **options):
    run = {"seed": 1, "batch": 4, **options}
    return PairRows(found, {"docstrings": 1.0}, NEVER, run, {})


@settings(deadline=None)
@given(
    hard=st.integers(0, 3),
    in_batch=st.integers(0, 3),
    drawn=st.integers(0, 3),
    step=st.integers(0, 50),
)
def test_a_query_gets_as_many_negatives_of_each_sort_as_asked_for(hard, in_batch, drawn, step):
    total = hard + in_batch + drawn
    if total == 0:
        return
    rows = rows_of(examples(), negatives=total, in_batch=in_batch, random=drawn).draw(step)
    assert rows.of_each == 1 + total
    for start in range(0, len(rows.texts), rows.of_each):
        query, texts = rows.queries[start], rows.texts[start : start + rows.of_each]
        number = query.split()[1]
        assert set(rows.queries[start : start + rows.of_each]) == {query}
        assert rows.targets[start : start + rows.of_each] == [1.0, *[0.0] * total]
        assert f"def positive{number}(" in texts[0]
        assert sum(f"def hard{number}_" in text for text in texts[1:]) == hard
        asked = {other.split()[1] for other in rows.queries}
        of_batch = [text for text in texts[1 : 1 + hard + in_batch] if "def positive" in text]
        assert len(of_batch) == in_batch
        assert all(any(f"def positive{n}(" in text for n in asked) for text in of_batch)
        assert not any(f"def positive{number}(" in text for text in texts[1:])


def test_rows_depend_on_seed_and_step_alone():
    first, second = (rows_of(examples(), negatives=3) for _ in range(2))
    first.draw(0)
    assert first.draw(5) == second.draw(5)
    assert first.draw(5) != first.draw(6)


def test_a_near_copy_of_the_counterpart_is_no_random_negative():
    words = "alpha beta gamma delta epsilon zeta eta theta"
    twins = [
        RankedExample("docstrings", Text(f"q{n}"), Text(f"{words} {name}", "Python"), ())
        for n, name in enumerate(("one", "two"))
    ]
    far = RankedExample("docstrings", Text("q2"), Text("nothing of that here", "Python"), ())
    rows = rows_of([*twins, far], negatives=1, random=1, batch=3)
    for step in range(20):
        drawn = rows.draw(step)
        for start in range(0, len(drawn.texts), 2):
            positive, negative = drawn.texts[start : start + 2]
            assert not (words in positive and words in negative)


def test_what_is_right_for_a_query_is_no_negative_of_it_beside_another_counterpart():
    both, first, second = code("both"), code("first"), code("second")
    found = [
        RankedExample("docstrings", Text("one"), first, ()),
        RankedExample("docstrings", Text("one"), both, ()),
        RankedExample("docstrings", Text("two"), both, ()),
        RankedExample("docstrings", Text("two"), second, ()),
    ]
    right = {"one": {first.content, both.content}, "two": {second.content, both.content}}
    for mix in ({"random": 1}, {"random": 0, "in_batch": 1}):
        rows = rows_of(found, negatives=1, **mix)
        for step in range(20):
            drawn = rows.draw(step)
            for query, text, target in zip(drawn.queries, drawn.texts, drawn.targets, strict=True):
                assert (text in right[query]) == (target == 1.0)


def test_more_of_one_sort_than_there_are_negatives_is_a_mistake():
    with pytest.raises(DataError, match="2 negatives cannot hold 2 in_batch and 1 random"):
        NegativeMix.of({"negatives": 2, "in_batch": 2, "random": 1})
    assert NegativeMix.of({"negatives": 4}) == NegativeMix(3, 0, 1)


def test_graded_pairs_come_in_batches_of_their_own_with_their_targets():
    pairs = [GradedPair(Text(f"q{n}"), code(f"c{n}"), TARGETS[n % 4]) for n in range(8)]
    run = {"seed": 1, "batch": 2, "negatives": 3}
    rows = PairRows([], {GRADED: 1.0}, NEVER, run, {GRADED: pairs}).draw(0)
    assert rows.of_each == 0
    assert len(rows.texts) == 8
    by_query = dict(zip(rows.queries, rows.targets, strict=True))
    assert by_query == {f"q{n}": pytest.approx(n % 4 / 3) for n in range(8)}


def test_a_file_of_graded_pairs_is_read(tmp_path):
    path = tmp_path / "graded.jsonl"
    records = [
        {"query": "sort", "text": "sorted(x)", "grade": 3},
        {"query": "int f()", "query_language": "C", "text": "def f()", "grade": 1},
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    first, second = read_graded(path)
    assert first == GradedPair(Text("sort"), Text("sorted(x)", "Python"), 1.0)
    assert second.query.language == "C" and second.target == pytest.approx(1 / 3)
    targets = read_targets({"0": 0.0, "1": 0.1, "2": 0.9, "3": 1.0})
    assert read_graded(path, targets)[1].target == 0.1


def test_an_editors_mark_at_the_begin_of_a_file_is_no_part_of_it(tmp_path):
    path = tmp_path / "graded.jsonl"
    path.write_text('{"query": "q", "text": "t", "grade": 3}\n', "utf-8-sig")
    assert [pair.target for pair in read_graded(path)] == [1.0]


def test_a_text_with_other_line_separators_stays_on_its_line(tmp_path):
    path = tmp_path / "graded.jsonl"
    record = {"query": "a\u2028b", "text": "c\u0085d\x0c", "grade": 3}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    (pair,) = read_graded(path)
    assert (pair.query.content, pair.text.content) == ("a\u2028b", "c\u0085d\x0c")


def test_judgements_as_the_command_prints_them_are_read(tmp_path, capsys):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    judgement = Judgement(
        id=1,
        query_text="def plus(a, b): return a + b",
        query_kind="code",
        corpus="mine",
        chunk_id="c",
        chunk_text="total = x + y",
        path="a.py",
        start_line=1,
        end_line=1,
        name="add",
        language="Python",
        grade=Grade(2),
        judge="",
        note="",
        created=now,
        updated=now,
        ranks=StageRanks(),
        scores=StageScores(),
    )
    print_json({"judgements": [judgement]})
    path = tmp_path / "judgements.json"
    path.write_text(capsys.readouterr().out)
    (pair,) = read_graded(path)
    assert pair.query == Text("def plus(a, b): return a + b", "Python")
    assert pair.text == Text("total = x + y", "Python")
    assert pair.target == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"query": "a", "text": "b", "grade": 4}', "line 1: no graded pair"),
        ('{"query": "a", "text": "b", "grade": true}', "line 1: no graded pair"),
        ('{"query": 1, "text": "b", "grade": 1}', "query and text are strings"),
        ('{"query": "a", "grade": 1}', "line 1: no graded pair"),
        ("[1]", "line 1: no graded pair"),
        ('{"query": "a", "te', "line 1: not JSON"),
        ("", "holds no graded pairs"),
    ],
)
def test_a_line_that_is_no_graded_pair_is_named(tmp_path, line, message):
    path = tmp_path / "graded.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataError, match=message):
        read_graded(path)


@pytest.mark.parametrize("table", [{"0": 0.0}, {"0": 0, "1": 2, "2": 1, "3": 1}, {"x": 1}])
def test_targets_are_given_for_every_grade_or_for_none(table):
    with pytest.raises(DataError, match=r"\[grades\]"):
        read_targets(table)


def described(count=8):
    """Functions with a body, each with its description; negatives are the others' functions."""
    bodies = [Text(f"def f{n}(x):\n    return x + {n}", "Python") for n in range(count)]
    return [
        RankedExample(
            "docstrings", Text(f"Add {n} to the number"), body, tuple(bodies[:n] + bodies[n + 1 :])
        )
        for n, body in enumerate(bodies)
    ]


def test_a_documented_query_meets_functions_that_all_have_their_docstring():
    always = Chances(0, 0, 0, 0, 0, 0, 0, documented=1.0)
    rows = PairRows(
        described(), {"docstrings": 1.0}, always, {"seed": 1, "batch": 4, "negatives": 3}, {}
    )
    drawn = rows.draw(0)
    assert all('"""Add' in text for text in drawn.texts)
    for start in range(0, len(drawn.texts), drawn.of_each):
        query = drawn.queries[start]
        assert "add" in query and "Add" not in query  # typed as into a search box
        number = next(word for word in query.split() if word.isdigit())
        assert f"x + {number}" in drawn.texts[start]
        assert f'"""Add {number} to' in drawn.texts[start]


def test_functions_have_no_docstring_where_none_is_asked_for():
    rows = PairRows(
        described(), {"docstrings": 1.0}, NEVER, {"seed": 1, "batch": 4, "negatives": 3}, {}
    )
    assert not any('"""' in text for text in rows.draw(0).texts)
