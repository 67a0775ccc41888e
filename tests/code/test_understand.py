from __future__ import annotations

import subprocess
import sys

from engine.code.understand import understand
from engine.types import Framework, QueryKind, Understanding


def test_a_cell() -> None:
    text = "from mxnet import autograd, np, npx\nwith autograd.record():\n    y = npx.relu(x)"
    assert understand(text) == Understanding(QueryKind.CODE, "Python", (Framework.MXNET,))


def test_words_have_neither_language_nor_framework() -> None:
    assert understand("batch normalisation in torch") == Understanding(QueryKind.WORDS)


def test_the_kind_that_was_asked_for_is_kept() -> None:
    assert understand("torch.cat", QueryKind.WORDS).kind is QueryKind.WORDS
    assert understand("sort a list", QueryKind.CODE).kind is QueryKind.CODE


def test_importing_is_cheap() -> None:
    """No array library, no lexer and no network client is needed to look at a snippet."""
    code = (
        "import sys, engine.code.understand, engine.code.neutral, engine.code.normal\n"
        "engine.code.neutral.neutral_tokens('torch.cat')\n"
        "heavy = {'numpy', 'torch', 'pygments', 'tree_sitter', 'http'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
