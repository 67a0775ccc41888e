import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.groups import Group, Text
from engine.learning.leakage import LeakageFilter, Reason, banned_source, is_banned_package

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
    squeezed = SECRET.replace("    ", "\t").replace(" = ", "=") + "# the end\n"
    for text in (SECRET, squeezed, SECRET.upper()):
        found = guard.find(text)
        assert (found.name, found.reason, found.overlap) == ("held out", Reason.EXACT, 1.0)
    assert found.resembles == SECRET


def test_what_follows_a_comment_is_compared():
    guard = LeakageFilter()
    guard.add(
        "held out", "def run(self):\n    # Begin\n    self.first.begin(1)\n    // go on\n    x()"
    )
    same_beginning = "def run(self):\n    # Wait\n    return [task for task in self.tasks]"
    assert guard.leak(same_beginning) is None
    assert guard.leak("def run(self):\n    self.first.begin(1)\n    x()  # end") == "held out"


def test_a_near_copy_leaks(guard):
    changed = SECRET.replace("moving_average", "smooth").replace(
        "return averages", "yield averages"
    )
    assert guard.leak(changed) == "held out"


def test_a_copy_under_other_names_leaks(guard):
    code = SECRET
    for name in ("moving_average", "values", "width", "total", "averages", "index"):
        code = code.replace(name, f"my_{name[::-1]}")
    found = guard.find(code.replace("Average of every window of the my_seulav", "Mean"))
    assert (found.name, found.reason) == ("held out", Reason.RENAMED)


def test_a_pattern_that_many_evaluation_texts_share_is_no_copy():
    guard = LeakageFilter()
    names = ("alpha", "beta", "gamma", "delta", "epsilon")
    for name in names[:4]:
        guard.add("held out", SECRET.replace("average", name).replace("total", f"{name}_sum"))
    found = guard.find(SECRET.replace("average", names[4]).replace("total", f"{names[4]}_sum"))
    assert found is None or found.reason != Reason.RENAMED


def test_sentences_have_no_shape():
    guard = LeakageFilter()
    letters = "abcdefghijklmnopqrstuvwxyz"
    guard.add("held out", " ".join(letter * 3 for letter in letters + letters.upper()))
    assert guard.leak(" ".join(letter * 4 for letter in letters + letters.upper())) is None


def test_a_file_that_contains_it_leaks_and_so_does_its_larger_part(guard):
    for text in (OTHER + "\n" + SECRET, "\n".join(SECRET.splitlines()[2:])):
        found = guard.find(text)
        assert (found.name, found.reason) == ("held out", Reason.CONTAINED)
        assert 0.6 <= found.overlap <= 1


def test_a_query_leaks_in_any_order_of_its_words(guard):
    assert guard.leak("compute a moving average: how to, in Python") == "held out"


def test_a_short_question_in_nearly_the_same_words_leaks(guard):
    found = guard.find("how to compute a moving average in python?? quickly")
    assert (found.name, found.reason) == ("held out", Reason.NEAR)


def test_changes_on_every_other_line_do_not_hide_a_copy():
    guard = LeakageFilter()
    guard.add("held out", "\n".join(f"step_{n} = first_{n} + second_{n}" for n in range(40)))
    lines = [
        f"step_{n} = first_{n} {'- other' if n % 8 == 0 else '+ second'}_{n}" for n in range(40)
    ]
    assert guard.leak("\n".join(lines)) == "held out"


def test_other_code_is_clean(guard):
    assert guard.leak(OTHER) is None
    assert guard.leak("") is None
    assert guard.leak("moving average") is None


@given(st.text(max_size=200))
def test_whatever_was_learnt_leaks(text):
    guard = LeakageFilter()
    guard.add("held out", text)
    assert len(guard) in (0, 1)
    assert (guard.leak(text) is not None) == (len(guard) == 1 or banned_source(text) is not None)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("from d2l import torch as d2l\nnet = d2l.ResNet()", "Dive into Deep Learning"),
        ("import d2lzh", "Dive into Deep Learning"),
        ("# See D2L.ai, chapter 3", "Dive into Deep Learning"),
        ("as in Dive  into\nDeep Learning", "Dive into Deep Learning"),
        ("动手学深度学习 第三章", "Dive into Deep Learning"),
        ("# adapted from RosettaCode.org", "Rosetta Code"),
        ("the Rosetta Code task of that name", "Rosetta Code"),
        ("pairs of CodeTransOcean", "CodeTransOcean"),
    ],
)
def test_some_sources_never_pass_whatever_was_learnt(text, source):
    found = LeakageFilter().find(text)
    assert (found.name, found.reason) == (source, Reason.BANNED)


@pytest.mark.parametrize(
    "text", ["add2list(x)", "rosetta stone", "deep learning is fun", "id2label"]
)
def test_words_that_look_alike_pass(text):
    assert LeakageFilter().find(text) is None


def test_packages_that_are_evaluation_sets_are_known_however_written():
    assert is_banned_package("D2L") and is_banned_package("code_search.net")
    assert not is_banned_package("d2lite")


def test_either_side_of_a_pair_removes_it_and_is_counted(guard):
    clean = Group("twins", "made", (Text(OTHER, "Python"), Text("heap search", "")))
    left = Group("twins", "made", (Text(SECRET, "Python"), Text(OTHER, "Python")))
    right = Group("twins", "made", (Text(OTHER, "Python"), Text(SECRET, "Python")))
    kept, removed = guard.keep([clean, left, right])
    assert kept == [clean]
    assert dict(removed) == {"made ← held out": 2}
    assert guard.find_any([OTHER, SECRET])[0] == 1
