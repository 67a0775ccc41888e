"""Programs that a data set keeps on one line, with their lines and indentation again."""

from __future__ import annotations

import re


def lay_out_python(tokens: str) -> str:
    """AVATAR's token stream (NEW_LINE, INDENT, DEDENT) as a program."""
    lines: list[str] = []
    depth = 0
    for piece in tokens.split("NEW_LINE"):
        words = piece.split()
        depth += words.count("INDENT") - words.count("DEDENT")
        content = " ".join(word for word in words if word not in {"INDENT", "DEDENT"})
        if content:
            lines.append("    " * max(depth, 0) + _tighten(content))
    return "\n".join(lines)


def lay_out_braces(code: str) -> str:
    """A Java or C# method on one line as an indented program. Strings are left as they are."""
    depth, lines, current, brackets, quote = 0, [], "", 0, ""
    for character in code:
        current += character
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([":
            brackets += 1
        elif character in ")]":
            brackets -= 1
        elif character in "{};" and brackets <= 0:
            depth -= character == "}"
            lines.append("    " * max(depth, 0) + _tighten(current.strip()))
            depth += character == "{"
            current = ""
    return "\n".join([*lines, current.strip()] if current.strip() else lines)


def _tighten(line: str) -> str:
    """Take off the blanks that tokenising put around brackets and dots."""
    line = re.sub(r" ?([(\[]) ", r"\1", line)
    return re.sub(r" ([)\],;])", r"\1", re.sub(r" ?\. ?(?=[A-Za-z_])", ".", line))
