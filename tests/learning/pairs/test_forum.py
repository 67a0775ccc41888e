from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.learning.pairs.forum import (
    Block,
    html_blocks,
    is_error_output,
    markdown_blocks,
    python_code,
    without_prompts,
)


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    x\nKeyError: 1',
        "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB",
        "x = model(y)\nTraceback (most recent call last):\n  ...",
        "-----------------\nValueError      Traceback (most recent call last)\n----> 1 f(x)",
        "main.cpp:12:5: error: expected ';'",
        "Segmentation fault (core dumped)",
        "UserWarning: this is deprecated\n  warnings.warn(x)",
    ],
)
def test_errors_are_output(text):
    assert is_error_output(text)
    assert python_code([Block(text, "")]) == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    x = f(y)\nexcept ValueError as error:\n    raise RuntimeError(error)",
        "class ShapeError(ValueError):\n    pass\n\nraise ShapeError(x)",
        "with torch.no_grad():\n    y = model(x)",
        "for x in y:\n    print(x",
    ],
)
def test_code_is_code(text):
    assert python_code([Block(text, "py")]) == [text]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("tensor([[1., 2.],\n        [3., 4.]])", ""),
        ("[1, 2, 3]", "python"),
        ("$ pip install torch\n$ python train.py", ""),
        ("int main() { return 0; }", "cpp"),
        ("Then it says that the model is not there any more, which is odd!", ""),
        ("  ", ""),
    ],
)
def test_output_shell_prose_and_other_languages_are_none(text, language):
    assert python_code([Block(text, language)]) == []


def test_prompts_are_taken_off_with_the_output():
    assert without_prompts(">>> for x in y:\n...     f(x)\n...\n1\n2\n>>> z") == (
        "for x in y:\n    f(x)\n\nz"
    )
    assert without_prompts("In [3]: x = 1\nOut[3]: 1\nIn [4]: y") == "x = 1\ny"
    assert without_prompts("x = 1\n...") == "x = 1\n..."


def test_blocks_of_broken_html():
    assert html_blocks("<pre><code>x = 1 &lt; 2<br>y &amp; z") == [Block("x = 1 < 2\ny & z", "")]
    assert html_blocks("</pre></aside><p><pre>x</pre>") == [Block("x", "")]
    assert html_blocks('<pre class="lang-py s-code"><code>x</code></pre>') == [Block("x", "py")]


@given(st.lists(st.text("ab=1 \n`", max_size=20)))
def test_fenced_code_comes_back(codes):
    codes = [code for code in codes if "```" not in code]
    text = "".join(f"words\n````python\n{code}\n````\n" for code in codes)
    assert [block.text for block in markdown_blocks(text)] == codes


@example("<![;")
@given(st.text("<>/precod=\"'&;# \n!-[]", max_size=200))
def test_no_html_is_too_broken_to_read(text):
    python_code(html_blocks(text))
    python_code(markdown_blocks(text))
