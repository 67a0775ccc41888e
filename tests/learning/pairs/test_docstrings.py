import ast

from hypothesis import given
from hypothesis import strategies as st

from engine.learning.packages import SourceFile
from engine.learning.pairs import describe, docstring_pairs

SOURCE = '''
import os


def flatten_tree(node, depth=0):
    """Return the leaves of the ``tree`` from left to right.

    More about it.

    Args:
        node: where to begin
    """
    if not node.children:
        return [node]
    return [leaf for child in node.children for leaf in flatten_tree(child, depth + 1)]


class Reader:
    """Reads."""

    def read_all(self, path):
        """Read every record of the file at once into memory."""
        with open(path) as file:
            records = [self.parse(line) for line in file]
        return records

    def __len__(self):
        """The number of records that were read so far."""
        total = 0
        for part in self.parts:
            total += len(part)
        return total

    def stub(self):
        """Do a thing that is left to subclasses to do."""
        raise NotImplementedError
'''


def pairs_of(*texts):
    files = [SourceFile(f"m{number}.py", text) for number, text in enumerate(texts)]
    return [[text.content for text in group.texts] for group in docstring_pairs(files, "made")]


def test_a_pair_is_the_first_paragraph_and_the_code_without_its_docstring():
    (description, code), (second, method) = pairs_of(SOURCE)
    assert description == "Return the leaves of the tree from left to right."
    assert code.startswith("def flatten_tree(node, depth=0):\n    if not node.children:")
    assert '"""' not in code
    assert second == "Read every record of the file at once into memory."
    assert method.startswith("def read_all(self, path):\n    with open(path)")


def test_stubs_and_dunder_methods_are_left_out():
    names = [code.split("(")[0] for _, code in pairs_of(SOURCE)]
    assert names == ["def flatten_tree", "def read_all"]


def test_the_same_body_or_description_is_taken_once():
    copied = SOURCE.replace("flatten_tree", "leaves_of").replace(
        "Return the leaves", "Collect leaves"
    )
    assert len(pairs_of(SOURCE, SOURCE, copied)) == len(pairs_of(SOURCE)) + 1


def test_a_description_that_says_too_little_is_none():
    assert describe("Runs it.") == ""
    assert describe("Deprecated: use the other function instead of this.") == ""
    assert describe("对输入的张量进行归一化处理并返回结果 normalise the input tensor now") == ""


def test_a_file_that_does_not_parse_gives_nothing():
    assert pairs_of("def broken(:\n") == []


def test_a_body_that_is_nothing_but_the_docstring_describes_nothing():
    hook = """def before_epoch(self):
    '''Prepare what the epoch needs before it starts.

    Every epoch
    calls it.
    '''
"""
    work = "    self.count += 1\n    self.reset(self.count)\n    self.log(self.count, self.rate)\n"
    assert pairs_of(hook) == []
    assert len(pairs_of(hook + work)) == 1


WORD = st.sampled_from(["reads", "every", "row", "of", "a", "large", "file", "at", "once"])
PARAGRAPHS = st.tuples(st.lists(WORD, min_size=1, max_size=12), st.lists(WORD, max_size=12))


@given(st.lists(PARAGRAPHS, max_size=5))
def test_whatever_is_paired_is_the_first_paragraph_with_code_that_does_not_hold_it(documented):
    functions = [
        f"def task_{number}(rows, size):\n"
        f'    """{" ".join(first)}\n\n    {" ".join(second)}\n    """\n'
        + "".join(f"    rows = rows.part_{number}_{step}(size + {step})\n" for step in range(6))
        + "    return rows\n"
        for number, (first, second) in enumerate(documented)
    ]
    firsts = [" ".join(first) for first, _ in documented]
    described = [describe(first) for first in firsts]
    found = pairs_of("\n\n".join(functions))
    assert [description for description, _ in found] == list(dict.fromkeys(filter(None, described)))
    for description, code in found:
        (function,) = ast.parse(code).body
        assert ast.get_docstring(function) is None
        assert function.name == f"task_{described.index(description)}"
