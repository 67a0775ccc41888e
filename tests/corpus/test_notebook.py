"""Notebooks are read by cell, whatever state they are in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.corpus.chunk import chunk_text
from engine.errors import DataError
from engine.types import Framework


def code(source: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}


def markdown(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*cells: Any, **metadata: Any) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def test_cells_are_chunks_with_the_markdown_above() -> None:
    text = notebook(
        markdown("# Title"),
        markdown(["A *convolution*.\n", "![figure](data:image/png;base64,AAAA)"]),
        code(["from mxnet import np\n", "from mxnet.gluon import nn"]),
        code("net = nn.Dense(3)\nx = np.zeros(3)"),
        code("   \n"),
        code("%%bash\nls"),
        code("def f(x):\n    '''Says.'''\n    return x"),
    )
    chunks = chunk_text(text, path="book.ipynb", root="/books")
    assert [(c.kind, c.name, c.cell, c.start_line, c.end_line) for c in chunks] == [
        ("cell", "", 2, 1, 2),
        ("cell", "", 3, 1, 2),
        ("function", "f", 6, 1, 3),
    ]
    assert chunks[0].description == "# Title\n\nA *convolution*.\nfigure"
    assert chunks[1].description == ""
    assert chunks[1].frameworks == (Framework.MXNET,)
    assert {chunk.language for chunk in chunks} == {"Python"}
    assert len({chunk.id for chunk in chunks}) == 3


def test_a_long_cell_is_cut_like_a_file() -> None:
    lines = "\n".join(f"    x_{number} = {number}" for number in range(50))
    text = notebook(markdown("Above."), code(f"def a():\n{lines}\n\ndef b():\n{lines}\n"))
    chunks = chunk_text(text, path="long.ipynb")
    assert [(c.name, c.cell, c.description) for c in chunks] == [
        ("a", 1, "Above."),
        ("b", 1, "Above."),
    ]


def test_the_kernel_says_the_language() -> None:
    text = notebook(code("val x = 1"), kernelspec={"name": "scala", "language": "scala"})
    assert chunk_text(text, path="s.ipynb")[0].language == "Scala"
    text = notebook(code("x = 1"), kernelspec={"name": "conda-env-x", "display_name": "?"})
    assert chunk_text(text, path="s.ipynb")[0].language == "Python"


def test_an_old_format_is_read() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": "Old"},
                    {
                        "cell_type": "code",
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                        "collapsed": False,
                        "prompt_number": 1,
                        "input": "print(1)",
                    },
                ],
                "metadata": {},
            }
        ],
    }
    (chunk,) = chunk_text(json.dumps(old), path="old.ipynb")
    assert (chunk.text, chunk.cell) == ("print(1)", 1)
    assert "Old" in chunk.description


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [{"cell_type": "code", "source": "x = 1"',
        "",
        "[]",
        '"text"',
        "{}",
        '{"worksheets": 3}',
        '{"worksheets": [{"cells": [7]}]}',
        '{"cells": null}',
        "[" * 100_000,
    ],
)
def test_what_is_not_a_notebook_is_told_in_one_line(text: str) -> None:
    with pytest.raises(DataError, match="notebook") as failure:
        chunk_text(text, path="broken.ipynb")
    assert "\n" not in str(failure.value)


def test_odd_cells_do_no_harm() -> None:
    text = notebook(
        None,
        7,
        {"cell_type": "code"},
        {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": ["x = 1\n", None, "y = 2"]},
        {"source": "raw"},
        kernelspec="python3",
    )
    assert [chunk.text for chunk in chunk_text(text, path="odd.ipynb")] == ["x = 1\ny = 2"]
