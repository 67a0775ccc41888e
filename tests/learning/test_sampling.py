import pytest

from engine.errors import DataError
from engine.learning.augment import Chances
from engine.learning.groups import Group, Text
from engine.learning.sampling import Sampler
from tests.learning.small import make_groups


def test_a_batch_depends_on_seed_and_step_alone():
    first = Sampler(make_groups(), {"docstrings": 1, "twins": 1}, seed=3)
    second = Sampler(make_groups(), {"docstrings": 1, "twins": 1}, seed=3)
    first.batch(0, 8)
    assert first.batch(7, 8) == second.batch(7, 8)
    assert first.batch(7, 8) != first.batch(8, 8)


def test_a_batch_holds_one_kind_of_pair_and_no_group_twice():
    sampler = Sampler(make_groups(), {"docstrings": 1, "twins": 1}, seed=1)
    tasks = set()
    for step in range(20):
        batch = sampler.batch(step, 16)
        tasks.add(batch.task)
        assert len(batch.lefts) == len(batch.rights) == 16
        if batch.task == "docstrings":
            assert not any(text.startswith("def") for text in batch.lefts)
            assert len(set(batch.right_originals)) == 16
    assert tasks == {"docstrings", "twins"}


def test_weights_choose_the_tasks():
    sampler = Sampler(make_groups(), {"docstrings": 0.9, "twins": 0.1}, seed=1)
    drawn = [sampler.batch(step, 2).task for step in range(200)]
    assert 160 <= drawn.count("docstrings") <= 198


def test_a_task_without_data_is_named():
    with pytest.raises(DataError, match="no training data for languages"):
        Sampler(make_groups(), {"languages": 1.0}, seed=1)


def test_a_renamed_pair_is_one_routine_under_other_names():
    code = "def total(values):\n    result = 0\n" + "    result += sum(values)\n" * 8
    group = Group("twins", "made", (Text(code, "Python"), Text(code, "Python")))
    batch = Sampler([group], {"renamed": 1}, seed=1).batch(0, 1)
    assert batch.left_originals == batch.right_originals == [code]
    assert "result" not in batch.lefts[0]


def test_code_with_its_docstring_is_asked_for_in_other_words():
    sampler = Sampler(make_groups(), {"docstrings": 1}, seed=1, chances=Chances(documented=1.0))
    batch = sampler.batch(0, 32)
    assert all('"""' in right for right in batch.rights)
    # Copies are recognised by the texts as they are in the groups.
    groups = {(group.texts[0].content, group.texts[1].content) for group in make_groups()}
    assert set(zip(batch.left_originals, batch.right_originals, strict=True)) <= groups
    assert any(left not in right for left, right in zip(batch.lefts, batch.rights, strict=True))
