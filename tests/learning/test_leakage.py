import pytest

from engine.learning.groups import Group, Text
from engine.learning.leakage import LeakageFilter

SECRET = '''def moving_average(values, width):
    """Average of every window of the values."""
    total = sum(values[:width])
    averages = [total / width]
    for index in range(width, len(values)):
        total += values[index] - values[index - width]
        averages.append(total / width)
    return averages
'''
OTHER = """def shortest_path(graph, start, goal):
    queue = [(0, start)]
    seen = set()
    while queue:
        cost, node = heappop(queue)
        if node == goal:
            return cost
        for neighbour, weight in graph[node]:
            heappush(queue, (cost + weight, neighbour))
"""


@pytest.fixture
def guard() -> LeakageFilter:
    guard = LeakageFilter()
    guard.add("held out", SECRET)
    guard.add("held out", "how to compute a moving average in python")
    return guard


def test_a_copy_leaks_however_it_is_laid_out_or_commented(guard):
    assert guard.leak(SECRET) == "held out"
    squeezed = SECRET.replace("    ", "\t").replace(" = ", "=") + "# the end\n"
    assert guard.leak(squeezed) == "held out"


def test_a_near_copy_leaks(guard):
    changed = SECRET.replace("moving_average", "smooth").replace(
        "return averages", "yield averages"
    )
    assert guard.leak(changed) == "held out"


def test_a_file_that_contains_it_leaks_and_so_does_its_larger_part(guard):
    assert guard.leak(OTHER + "\n" + SECRET) == "held out"
    assert guard.leak("\n".join(SECRET.splitlines()[2:])) == "held out"


def test_a_query_leaks_in_any_order_of_its_words(guard):
    assert guard.leak("compute a moving average: how to, in Python") == "held out"


def test_other_code_is_clean(guard):
    assert guard.leak(OTHER) is None
    assert guard.leak("") is None


def test_dive_into_deep_learning_never_passes(guard):
    assert (
        guard.leak("from d2l import torch as d2l\nnet = d2l.ResNet()") == "Dive into Deep Learning"
    )


def test_either_side_of_a_pair_removes_it_and_is_counted(guard):
    clean = Group("twins", "made", (Text(OTHER, "Python"), Text("heap search", "")))
    left = Group("twins", "made", (Text(SECRET, "Python"), Text(OTHER, "Python")))
    right = Group("twins", "made", (Text(OTHER, "Python"), Text(SECRET, "Python")))
    kept, removed = guard.keep([clean, left, right])
    assert kept == [clean]
    assert dict(removed) == {"made ← held out": 2}
