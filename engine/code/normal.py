"""A piece of text as it can be kept, and one number for all copies that differ only in layout."""

from __future__ import annotations

from hashlib import blake2b


def clean(text: str) -> str:
    """`text` without lone surrogates, which JSON and file names can hold and nothing can store."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def text_key(text: str) -> int:
    """A 63-bit hash of the text that ignores how deep and with what it is indented.

    Blank lines and trailing blanks do not count; the nesting of lines does.
    """
    lines: list[str] = []
    levels = [-1]
    for line in text.expandtabs(4).splitlines():
        body = line.lstrip()
        if not body:
            continue
        indent = len(line) - len(body)
        while indent <= levels[-1]:
            levels.pop()
        levels.append(indent)
        lines.append(f"{len(levels)} {body.rstrip()}")
    digest = blake2b("\n".join(lines).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
