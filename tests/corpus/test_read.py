"""Bytes become text, or a reason why not."""

from __future__ import annotations

import pytest

from engine.corpus.read import MAX_LINE, decode
from engine.errors import DataError


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ("naïve = 'ü'\n".encode(), "a.py"),
        ("naïve = 'ü'\n".encode("utf-8-sig"), "a.py"),
        ("naïve = 'ü'\n".encode("utf-16"), "a.cs"),
        ("naïve = 'ü'\n".encode("utf-32"), "a.cs"),
        ("naïve = 'ü'\n".encode("cp1252"), "a.js"),
        ("naïve = 'ü'\n".encode("latin-1"), "a.py"),
    ],
)
def test_western_text_is_read_whatever_its_encoding(data: bytes, path: str) -> None:
    assert decode(data, path) == "naïve = 'ü'\n"


def test_pythons_coding_line_is_believed() -> None:
    text = "# -*- coding: koi8-r -*-\nname = 'Имя'\n"
    assert decode(text.encode("koi8-r"), "a.py") == text


def test_a_wrong_coding_line_does_no_harm() -> None:
    data = b"# coding: no-such-codec\nx = '\xe9'\n"
    assert decode(data, "a.py").endswith("x = 'é'\n")


def test_any_bytes_can_be_read_or_refused() -> None:
    for value in range(1, 256):
        assert isinstance(decode(bytes([value, 0x80, value]), "a.c"), str)


def test_binaries_are_refused() -> None:
    with pytest.raises(DataError, match="binary"):
        decode(b"\x7fELF\x02\x01\x01\x00\x00", "a.c")


def test_generated_lines_are_refused_except_in_notebooks() -> None:
    data = b"var a = [" + b"1," * MAX_LINE + b"];\n"
    with pytest.raises(DataError, match=r"minified or generated: a line of 20,011 characters"):
        decode(data, "a.js")
    assert decode(data, "a.ipynb") == data.decode()
