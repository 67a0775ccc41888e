"""Code as people post it in forums: blocks out of HTML or Markdown, without output and prompts."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser

from engine.learning.pairs.layout import Layout

MAX_BROKEN = 0.3
"""A block of which more than this share is no Python is prose, output or another language."""

MAX_POST = 100_000
"""Characters; forums allow about a third of it. A longer post is taken to have no code."""

_PYTHON = frozenset(
    (
        *("", "auto", "default", "none", "nohighlight", "plaintext", "text"),
        *("py", "py3", "python", "python3", "pycon", "ipython", "ipython3", "python-repl"),
    )
)
_ERROR = re.compile(
    r"^(?:>+\s*)?(?:Traceback \(most recent call last\)|\s*File \"[^\"]+\", line \d+"
    r"|[\w.]*(?:Error|Exception|Interrupt|Warning)\b(?::|$)|.*\b(?:Segmentation fault|core dumped)"
    r"|.*CUDA error:|\[[EWF]\S* .*\.(?:cpp|cu|h):\d+|.*\.(?:cpp|cc|cu|h|hpp):\d+:|CMake Error"
    r"|-+> \d+ |make(?:\[\d+\])?: \*\*\*|fatal:|error:|ERROR\b|.*: (?:fatal )?error:"
    r"|.*terminate called|  what\(\):)",
    re.MULTILINE,
)
_TRACEBACK = re.compile(
    r"^\W*Traceback \(most recent call last\)|^-{5,}\s*$\s*^\w+(?:Error|Exception)\b", re.MULTILINE
)
_SHELL = re.compile(
    r"^\s*(?:[$%!#]\s|\w*@[\w-]+[:~]|(?:sudo|pip3?|conda|mamba|git|cd|ls|apt(?:-get)?|brew|wget|curl|"
    r"docker|nvidia-smi|export|python3?|source|mkdir|make|cmake|bash|sh)\s+[\w./~-])"
)
_PROMPT = re.compile(r"^\s*(?:>>> ?|In ?\[\d*\]: ?)", re.MULTILINE)
_MORE = re.compile(r"^\s*(?:\.\.\. ?|\.{3}:\s?|\s{3,}\.\.\.: ?)")
_QUOTE = re.compile(r"\[quote\b[^\]]*\].*?\[/quote\]", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`\n]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code in a post; `language` is what its author declared, lower case, or empty."""

    text: str
    language: str


def html_blocks(html: str) -> list[Block]:
    """The `<pre>` blocks of a post that are not quoted from another."""
    if len(html) > MAX_POST:
        return []
    parser = _BlockParser()
    with suppress(AssertionError):  # what html.parser makes of broken declarations such as `<![;`
        parser.feed(html)
        parser.close()
    return parser.blocks


def markdown_blocks(markdown: str) -> list[Block]:
    """The fenced blocks of a post that are not quoted from another; one left open ends the post."""
    if len(markdown) > MAX_POST:
        return []
    blocks: list[Block] = []
    fence, language, lines = "", "", list[str]()
    for line in [*_QUOTE.sub("", markdown).splitlines(), ""]:
        opening = _OPENING.match(line)
        if not fence and opening:
            fence, language, lines = opening[1], opening[2].lower(), []
        elif fence and opening and opening[1].startswith(fence) and not opening[2]:
            blocks.append(Block("\n".join(lines), language))
            fence = ""
        else:
            lines.append(line)
    if fence:
        blocks.append(Block("\n".join(lines).rstrip("\n"), language))
    return blocks


def python_code(blocks: list[Block]) -> list[str]:
    """The blocks that are Python code, dedented and without prompts; errors and output left out."""
    return [code for block in blocks if (code := _python(block))]


def is_error_output(text: str) -> bool:
    """Whether a block is a traceback, or an error message as a tool prints it."""
    if _TRACEBACK.search(text):
        return True
    lines = [line for line in text.splitlines() if line.strip()]
    return len(_ERROR.findall(text)) * 3 >= len(lines) > 0


def without_prompts(text: str) -> str:
    """The statements typed into an interactive session, its output left out; else the text."""
    if not _PROMPT.search(text):
        return text
    lines: list[str] = []
    typing = False
    for line in text.splitlines():
        prompt = _PROMPT.match(line)
        more = _MORE.match(line)
        typing = prompt is not None or (typing and more is not None)
        if typing:
            mark = prompt or more
            lines.append(line[mark.end() :] if mark else line)
    return "\n".join(lines)


def _python(block: Block) -> str:
    text = textwrap.dedent(block.text.replace("\xa0", " ").expandtabs(4)).strip("\n")
    if not text.strip() or block.language.removeprefix("lang-") not in _PYTHON:
        return ""
    if is_error_output(text):
        return ""
    text = textwrap.dedent(without_prompts(text))
    lines = [line for line in text.splitlines() if line.strip()]
    if all(_SHELL.match(line) for line in lines) or _is_display(text):
        return ""
    return text if Layout(text).broken <= MAX_BROKEN else ""


def _is_display(text: str) -> bool:
    """Whether the text is a value as Python shows it: numbers, lists, `tensor([…])`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(
        isinstance(statement, ast.Expr) and _is_value(statement.value) for statement in statements
    )


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"tensor", "array", "Parameter"}
    return isinstance(
        node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.Name | ast.UnaryOp
    )


class _BlockParser(HTMLParser):
    """Collects the text of `<pre>`, except within `<aside>` and `<blockquote>` (quotes)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._quotes = 0
        self._text: list[str] | None = None
        self._language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"aside", "blockquote"}:
            self._quotes += 1
        elif tag == "pre":
            self._text, self._language = [], _declared(attrs)
        elif tag == "code" and self._text is not None:
            self._language = _declared(attrs) or self._language
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"aside", "blockquote"}:
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._finish()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._finish()

    def _finish(self) -> None:
        if self._text is not None and not self._quotes:
            self.blocks.append(Block("".join(self._text).rstrip("\n"), self._language))
        self._text = None


def _declared(attributes: list[tuple[str, str | None]]) -> str:
    """The language in `class="lang-py"` or `data-code-wrap="python"`."""
    for name, value in attributes:
        if name == "data-code-wrap" and value:
            return value.lower()
        if name == "class" and value:
            for word in value.lower().split():
                if word.startswith(("lang-", "language-")):
                    return word.partition("-")[2]
    return ""
