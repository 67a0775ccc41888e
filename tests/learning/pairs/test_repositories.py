from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.corpus.walk import FoundFile
from engine.learning.pairs.reading import imports_any
from engine.learning.pairs.record import Kind
from engine.learning.pairs.repositories import (
    documented_functions,
    is_test,
    read_file,
    repository_of,
    repository_pairs,
)

SOURCE = '''
import torch


def attend(query, key, value, mask=None):
    """Weigh the values by how well each key fits the query, position by position.

    Args:
        query: what is looked for
    """
    # Long vectors have large products, so they are scaled by the root of the size.
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    # Positions that the mask hides get no weight at all after the softmax.
    if mask is not None:
        scores = scores.masked_fill(mask == 0, float("-inf"))
    return torch.softmax(scores, -1) @ value
'''


def test_docstring_and_comments_of_a_function():
    whole, scale, mask = repository_pairs(SOURCE, "project", "attention.py")
    assert whole.kind == Kind.REPOSITORY_DOCSTRING
    assert whole.text.startswith("Weigh the values") and whole.text.endswith("by position.")
    assert whole.code.startswith("def attend(query") and '"""' not in whole.code
    assert scale.kind == Kind.REPOSITORY_COMMENT and scale.code.startswith("scores = query @ key")
    assert mask.kind == Kind.REPOSITORY_BLOCK_COMMENT and mask.code.startswith("if mask is not")
    assert (whole.parent, scale.parent, mask.parent) == (None, whole.reference, whole.reference)
    assert len({pair.group for pair in (whole, scale, mask)}) == 1
    assert len({pair.reference for pair in (whole, scale, mask)}) == 3
    assert 0 < whole.torch_likeness < 1


def test_nothing_of_where_it_came_from_can_be_read_in_a_pair():
    for pair in repository_pairs(SOURCE, "secret-project", "secret/path.py"):
        assert "secret" not in f"{pair.reference} {pair.group} {pair.parent}"


def test_a_short_summary_goes_on_with_the_next_paragraph():
    source = SOURCE.replace(
        "Weigh the values by how well each key fits the query, position by position.",
        "Scaled attention.\n\n    Weighs the values by how well each of the keys fits.",
    )
    whole = next(repository_pairs(source, "project", "attention.py"))
    assert whole.text == "Scaled attention. Weighs the values by how well each of the keys fits."


@given(st.lists(st.sampled_from(["take", "each", "of", "the", "rows"]), max_size=20))
def test_a_docstring_goes_with_its_function_if_it_has_ten_tokens(words):
    text = " ".join(words)
    body = "    total = 0\n    for row in rows:\n        total += row\n    return total\n"
    source = f'def add(rows):\n    """{text}"""\n{body}'
    pairs = list(documented_functions(source))
    assert len(pairs) == (len(words) >= 10)
    for pair in pairs:
        assert pair.text == text
        assert ast.dump(ast.parse(pair.code)) == ast.dump(ast.parse(f"def add(rows):\n{body}"))


def test_only_files_that_import_what_was_asked_for():
    for line in ("import torch", "import numpy as np, torch", "from torch.nn import Linear"):
        assert imports_any(f"x = 1\n    {line}\n", ["jax", "torch"])
    for line in ("import torchvision", "# import torch", "from mytorch import x", "torch = 1"):
        assert not imports_any(line, ["torch"])
    assert imports_any("", [])


def read(root: Path, path: str, text: bytes, importing=()):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    return read_file(FoundFile(str(root), path, len(text), 0), importing)


def test_reading_files(tmp_path):
    assert len(read(tmp_path, "a.py", SOURCE.encode()).pairs) == 3
    assert not read(tmp_path, "a.py", SOURCE.encode(), ["jax"]).pairs
    assert len(read(tmp_path, "a.py", SOURCE.replace("\n", "\r\n").encode()).pairs) == 3
    assert not read(tmp_path, "tests/test_a.py", SOURCE.encode()).pairs
    binary = read(tmp_path, "b.py", b"\0\1\2")
    assert binary.skipped is not None and "binary" in binary.skipped.reason
    large = read(tmp_path, "c.py", b"# " + b"x\n" * 600_000)
    assert large.skipped is not None and "MB" in large.skipped.reason


def test_a_file_that_does_not_parse_still_has_its_comments():
    kinds = {pair.kind for pair in repository_pairs(SOURCE + "\nprint 'x'\n", "p", "a.py")}
    assert kinds == {Kind.REPOSITORY_COMMENT, Kind.REPOSITORY_BLOCK_COMMENT}


def test_which_repository_a_file_belongs_to(tmp_path):
    project = tmp_path / "owner" / "project"
    (project / "package").mkdir(parents=True)
    (project / "setup.py").touch()
    (project / "package" / "__init__.py").touch()
    assert repository_of(project, "package/a.py") == ("project", "package/a.py")
    assert repository_of(tmp_path, "owner/project/package/a.py") == (
        "owner/project",
        "package/a.py",
    )
    assert repository_of(tmp_path, "plain/deep/a.py")[0] == "plain"
    assert repository_of(tmp_path, "a.py")[0] == "a.py"


def test_tests_and_vendored_code_are_left_out():
    assert is_test("package/tests/a.py") and is_test("test_a.py") and is_test("x/conftest.py")
    assert not is_test("package/contest.py")


def test_a_form_feed_ends_no_line():
    fed = "import torch\n\x0c\nx = 1\n" + SOURCE
    assert next(repository_pairs(fed, "p", "a.py")).code.startswith("def attend(query")
