"""What is counted as a token, and how much a piece of code looks like PyTorch."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_CODE = re.compile(r"\w+|[^\w\s]")
_TORCH = re.compile(r"\btorch\.|^\s*(?:import|from)\s+torch\b")

MIN_COMMENT_TOKENS = 10
"""A docstring or comment of a repository with fewer text tokens says too little."""


def text_tokens(text: str) -> list[str]:
    """Words and numbers; punctuation is not counted."""
    return _WORD.findall(text)


def code_tokens(code: str) -> list[str]:
    """Names, numbers and words, and each operator and punctuation character by itself."""
    return _CODE.findall(code)


def torch_likeness(code: str) -> float:
    """The share of code lines that hold `torch.` or import torch.

    Blank lines, comments and a notebook's commands (`%time`, `!pip`) are no code lines.
    The paper asks whether `torch.` occurs at all, which is `torch_likeness(code) > 0`.
    """
    lines = [line for line in code.splitlines() if line.strip() and line.lstrip()[0] not in "#%!"]
    hits = sum(_TORCH.search(line) is not None for line in lines)
    return round(hits / len(lines), 4) if lines else 0.0
