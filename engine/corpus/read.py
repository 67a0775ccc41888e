"""From a file's bytes to its text."""

from __future__ import annotations

import codecs
import io
import tokenize

from engine.errors import DataError

MAX_LINE = 10_000
"""Characters; a file with a longer line is generated, and would stall whatever shows it."""

_PROBE = 8_192
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, path: str) -> str:
    """The text of a file, whatever its encoding.

    UTF-8; else what a byte order mark or Python's coding line says; else Windows-1252, which fits
    any Western text. Raises `DataError` with the reason if it is binary, or no text for reading.
    """
    text = _decode(data, path)
    if not path.endswith(".ipynb"):  # a notebook is often written as a single line
        longest = max(map(len, text.split("\n")))
        if longest > MAX_LINE:
            raise DataError(f"minified or generated: a line of {longest:,} characters")
    return text


def _decode(data: bytes, path: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:_PROBE]:
        raise DataError("a binary file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if path.endswith((".py", ".pyi", ".pyw")):
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            return data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            pass
    return data.decode("cp1252", "replace")
