"""What counts as a negative in the encoder's batches, and how mined ones are drawn."""

import pytest
import torch

from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.codenn_training import CodeNNTraining
from engine.learning.contrastive import near_copies, not_negatives
from engine.learning.encoder_training import EncoderTraining, HardSampler
from engine.learning.groups import Group, Text
from engine.learning.negatives import RankedExample
from engine.learning.sampling import Sampler
from tests.learning.small import make_groups, make_model

NEVER = Chances(0, 0, 0, 0, 0, 0, 0)
SORT, MERGE, READ, COUNT = "sort list x", "merge tree y", "read file f", "count queue q"


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("start") / "model")


@pytest.mark.parametrize(
    ("lefts", "rights"),
    [
        ([SORT, SORT], [MERGE, READ]),
        ([MERGE, READ], [SORT, SORT]),
        ([SORT, MERGE], [READ, SORT]),
        ([MERGE, SORT], [SORT, READ]),
    ],
)
def test_rows_that_share_a_text_on_any_side_are_not_each_others_negatives(lefts, rights):
    assert not_negatives(lefts, rights).tolist() == [[False, True], [True, False]]
    assert not not_negatives([SORT, MERGE], [READ, COUNT]).any()


def test_a_row_keeps_its_counterpart_even_if_it_is_its_copy():
    assert not not_negatives([SORT, MERGE], [SORT, MERGE]).any()


def test_further_texts_are_none_for_rows_that_they_copy_or_answer():
    further, answered = [SORT, MERGE, "other"], [[], [], [], [], ["ask a", SORT]]
    copies = not_negatives([SORT, READ], [COUNT, MERGE], further, answered)
    assert copies[:, 2:].tolist() == [[True, False, True], [False, True, False]]


def test_a_row_whose_right_text_answers_another_is_not_its_negative():
    copies = not_negatives([SORT, READ], [COUNT, MERGE], answered=[[SORT, READ], [READ]])
    assert copies.tolist() == [[False, False], [True, False]]


def test_it_is_the_rule_of_near_copies_over_all_texts():
    texts = [text.content for group in make_groups()[:24] for text in group.texts]
    lefts, rights = texts[:24], texts[24:]
    alike, count = near_copies(lefts + rights), len(lefts)
    expected = alike[:count, :count] | alike[count:, count:] | alike[:count, count:]
    expected |= alike[count:, :count]
    assert expected.any()
    expected.fill_diagonal_(False)
    assert torch.equal(not_negatives(lefts, rights), expected)


def pairs(*texts, task="languages"):
    return [Group(task, "made", tuple(Text(one, "Python") for one in pair)) for pair in texts]


def loss(start, groups, chances=NEVER, step=0):
    torch.manual_seed(0)
    sampler = Sampler(groups, {groups[0].task: 1.0}, seed=1, chances=chances)
    return EncoderTraining(start, sampler, {"batch": 2, "max_tokens": 32}).backward(step)[0]


def test_a_text_on_the_left_is_no_negative_of_its_copy_on_the_right(start):
    # Groups are drawn in either order, so each of the two has the copy on one side by chance.
    assert loss(start, pairs((SORT, MERGE), (READ, SORT))) < 1e-6
    assert loss(start, pairs((SORT, MERGE), (READ, COUNT))) > 1e-6


def test_queries_are_compared_as_they_were_asked(start):
    asked = "sort the list of the tree"
    groups = [
        Group("docstrings", "made", (Text(asked), Text(code, "Python"))) for code in (MERGE, READ)
    ]
    searched = Chances(0, 0, 0, 0, 0, 0, question=1.0)
    sampler = Sampler(groups, {"docstrings": 1.0}, 1, searched)
    apart = next(n for n in range(100) if not near_copies(sampler.batch(n, 2).lefts).any())
    assert loss(start, groups, searched, apart) < 1e-6


def test_codenn_has_no_negative_that_answers_the_same():
    groups = [
        Group("docstrings", "made", (Text(SORT), Text(code, "Python")))
        for code in ("def merge(x): return tree", "def read(y): open(y)")
    ]
    options = {"seed": 1, "batch": 2, "width": 8, "hidden": 4}
    assert CodeNNTraining(groups, {"docstrings": 1.0}, options).backward(0)[0] == 0.0


def ranked(task, count, negatives=16):
    return [
        RankedExample(
            task,
            Text(f"{task} query {row}"),
            Text(f"{task} answer {row}", "Python"),
            tuple(Text(f"{task} negative {row} {rank}", "Python") for rank in range(negatives)),
        )
        for row in range(count)
    ]


@pytest.mark.parametrize("each", [10, 11, 16])
def test_as_many_negatives_can_be_drawn_as_were_mined(each):
    drawn = HardSampler(ranked("docs", 4), each, {"docs": 1.0}, NEVER, seed=1).batch(0, 4)
    assert len(set(drawn.originals)) == 4 * each


def test_hard_rows_are_of_the_weighed_tasks_as_often_as_they_weigh():
    examples = ranked("docs", 4) + ranked("twins", 100) + ranked("comments", 100)
    weights = {"docs": 0.9, "twins": 0.1, "questions": 5.0}
    sampler = HardSampler(examples, 2, weights, NEVER, seed=1)
    tasks = [sampler.batch(step, 2).batch.task for step in range(200)]
    assert set(tasks) == {"docs", "twins"}
    assert 160 <= tasks.count("docs") <= 198
    with pytest.raises(DataError, match="weighed task"):
        HardSampler(examples, 2, {"questions": 1.0}, NEVER, seed=1)


def test_a_mined_negative_that_answers_another_row_is_not_its_negative():
    asked, other = Text("sort a list"), Text("merge two trees")
    first, second, third = (Text(text, "Python") for text in (SORT, READ, MERGE))
    examples = [
        RankedExample("docs", asked, first, (third,)),
        RankedExample("docs", asked, second, (third,)),
        RankedExample("docs", other, third, (second,)),
    ]
    sampler = HardSampler(examples, 1, {"docs": 1.0}, NEVER, seed=1)
    drawn = next(
        drawn
        for step in range(100)
        if set((drawn := sampler.batch(step, 2)).batch.right_originals) == {SORT, MERGE}
    )
    row = drawn.batch.right_originals.index(SORT)
    negative = 2 + drawn.originals.index(READ)  # of the other row, and right for this one
    copies = drawn.not_negatives()
    assert copies[row, negative]
    assert not copies[1 - row, negative]


def test_what_is_known_to_answer_a_row_is_not_its_negative_in_any_batch(start):
    asked, other = Text("sort a list"), Text("merge two trees")
    first, second = Text(SORT, "Python"), Text(READ, "Python")
    wrong = (Text(COUNT, "Python"),)
    examples = [
        RankedExample("docs", asked, first, wrong),
        RankedExample("docs", asked, second, wrong),
        RankedExample("docs", other, second, wrong),
    ]
    hard = HardSampler(examples, 1, {"docs": 1.0}, NEVER, seed=1)
    drawn = next(
        drawn
        for step in range(100)
        if set((drawn := hard.batch(step, 2)).batch.left_originals)
        == {asked.content, other.content}
        and SORT in drawn.batch.right_originals
    )
    row = drawn.batch.left_originals.index(asked.content)
    assert drawn.not_negatives()[row, 1 - row]  # the other's text is right for both
    assert not drawn.not_negatives()[1 - row, row]
    groups = [
        Group("docs", "made", (query, text)) for query, text in ((asked, first), (other, second))
    ]
    sampler = Sampler(groups, {"docs": 1.0}, seed=1, chances=NEVER)
    options = {"batch": 2, "max_tokens": 32, "hard_share": 0.0, "symmetric": False}
    torch.manual_seed(0)
    known = EncoderTraining(start, sampler, options, hard).backward(0)[0]
    torch.manual_seed(0)
    unknown = EncoderTraining(start, sampler, options).backward(0)[0]
    assert known < unknown
