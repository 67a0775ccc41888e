"""Jupyter notebooks as code cells with the markdown above them."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

from engine.code.language import parse_language
from engine.errors import DataError

MAX_DESCRIPTION = 2_000
"""Characters of the markdown above a cell that are kept: those nearest to the cell."""

_MAGIC = re.compile(r"^\s*(?:%%(?!time\b|timeit\b|capture\b|tab\b)\w+)")
_LINK_TARGET = re.compile(r"!\[([^\]]*)\]\((?:data:)?[^)]*\)")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell. `index` counts all cells from 0; `description` is the markdown above.

    `heading` is the markdown cell right above, whole, and empty if something else stands there.
    """

    index: int
    source: str
    description: str
    heading: str = ""


def notebook_cells(text: str) -> tuple[list[Cell], str]:
    """The code cells of a notebook that are not empty, and the language they are in.

    Any version of the format is read, valid or nearly so. Cells in another language (`%%bash`,
    `%%html`) are left out. Raises `DataError` if the text is not a notebook.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"not a readable notebook ({error})") from error
    if not isinstance(raw, dict) or not ({"cells", "worksheets"} & raw.keys()):
        raise DataError("not a notebook: it has no cells")
    if not isinstance(raw.get("cells"), list):
        raw = _upgraded(raw)
    return _code_cells(raw), _kernel_language(raw)


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """A notebook of an older format in the present one."""
    import nbformat  # takes a quarter of a second, and only old notebooks need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded: dict[str, Any] = nbformat.convert(nbformat.from_dict(raw), 4)
    except Exception as error:  # whatever a broken old notebook trips over in the conversion
        raise DataError(f"not a readable notebook ({error})") from error
    return upgraded


def _code_cells(raw: dict[str, Any]) -> list[Cell]:
    cells: list[Cell] = []
    above: list[str] = []
    directly = ""
    for index, cell in enumerate(raw["cells"]):
        heading, directly = directly, ""
        if not isinstance(cell, dict):
            continue
        source = _source(cell.get("source"))
        if cell.get("cell_type") != "code":
            if cell.get("cell_type") == "markdown" and source.strip():
                above.append(_LINK_TARGET.sub(r"\1", source.strip()))
                directly = source.strip()
            continue
        if not source.strip() or _MAGIC.match(source):
            continue
        description = "\n\n".join(above)[-MAX_DESCRIPTION:]
        cells.append(Cell(index, source, description, heading))
        above.clear()
    return cells


def _source(source: Any) -> str:
    """A cell's source: a string, or a list of lines with their line ends."""
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source.replace("\r\n", "\n") if isinstance(source, str) else ""


def _kernel_language(raw: dict[str, Any]) -> str:
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for place in ("language_info", "kernelspec"):
        entry = metadata.get(place)
        if isinstance(entry, dict):
            name = entry.get("language") or entry.get("name")
            if isinstance(name, str):
                try:
                    return parse_language(name)
                except DataError:
                    continue
    return "Python"
