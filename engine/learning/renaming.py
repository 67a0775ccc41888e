"""Other names for what a snippet names itself, as AdvTest has them (Lu et al., 2021)."""

from __future__ import annotations

import keyword
import random
import re
from collections.abc import Collection, Iterable, Mapping

from engine.code.tokens import name_set
from engine.learning.python_names import PythonNames

_DEFINED = re.compile(
    r"\bdef\s+(\w+)|\bfunction\s+(\w+)|\b(\w+)\s*\([^()]*\)\s*(?:throws \w+\s*)?\{"
)
_ASSIGNED = re.compile(
    r"\b([A-Za-z_]\w*)\s*(?:[-+*/|&]?=(?!=)|\bin\b)|,\s*([A-Za-z_]\w*)\s*(?=[,)=])"
)
_PARAMETER = re.compile(r"\bdef\s+\w+\s*\(([^)]*)\)")
_KEPT = frozenset(keyword.kwlist) | name_set(
    "self cls super True False this new return if else while for switch case int str float list "
    "dict set tuple len range print static public private void boolean final var let const"
)
_STYLES = ("arg_{}", "var{}", "x{}", "v_{}", "loc_{}")
_FUNCTIONS = ("f", "Func", "solve", "func")
_PYTHON = frozenset({"Python", "Jupyter"})
# Of a formatted string's field: what may end its expression, and what may hide such an end.
_EDGE = re.compile(r"""(?s:\\.)|\"(?:[^"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|[][(){}:]|!=?""")


def hide_function_name(code: str) -> str:
    """Replace the first defined function's name by `f`, everywhere in the snippet."""
    name = _first_defined(code)
    return re.sub(rf"\b{re.escape(name)}\b", "f", code) if name else code


def rename_identifiers(code: str, rng: random.Random, language: str = "Python") -> str:
    """Rename the function, its parameters and its variables.

    Of Python, names that the snippet binds; keyword arguments of other functions, attributes,
    strings (but for the fields of formatted ones) and comments stay. Other languages are read by
    rougher rules, strings and comments included.
    """
    if language in _PYTHON:
        return _rename_python(code, rng)
    mapping = _draw_names(_local_names(code), _first_defined(code), rng)
    if not mapping:
        return code
    pattern = re.compile(r"(?<![.\w])(" + "|".join(map(re.escape, mapping)) + r")\b")
    return pattern.sub(lambda found: mapping[found.group(1)], code)


def _rename_python(code: str, rng: random.Random) -> str:
    names = PythonNames(code)
    pieces, function = names.pieces, names.function
    if function in names.kept or _is_kept(function):
        function = ""
    bound = [name for name in names.bound if not _is_kept(name)]
    mapping = _draw_names(bound, function, rng, {pieces[place] for place in names.uses})
    return _spelled(names, mapping, names.parameters)


def _spelled(
    names: PythonNames, mapping: Mapping[str, str], parameters: Mapping[str, Collection[str]]
) -> str:
    """The code under the new names; `parameters` are those of the functions that were renamed."""
    pieces = names.pieces
    for place in names.uses:
        pieces[place] = mapping.get(pieces[place], pieces[place])
    for place, callee in names.keywords:
        if pieces[place] in parameters.get(callee, ()):
            pieces[place] = mapping.get(pieces[place], pieces[place])
    for place in names.strings:
        pieces[place] = _rename_fields(pieces[place], mapping, parameters)
    return "".join(pieces)


def _draw_names(
    bound: Iterable[str], function: str, rng: random.Random, taken: Collection[str] = ()
) -> dict[str, str]:
    """New names that are not `taken`, for the function and for most of the names."""
    names = [name for name in bound if rng.random() < 0.9]
    style = rng.choice(_STYLES)
    free = (name for number in range(2**31) if (name := style.format(number)) not in taken)
    mapping = dict(zip(names, free, strict=False))
    if function and (others := [name for name in _FUNCTIONS if name not in taken]):
        mapping[function] = rng.choice(others)
    return mapping


def _rename_fields(
    string: str, mapping: Mapping[str, str], parameters: Mapping[str, Collection[str]]
) -> str:
    """The expressions in the `{…}` of a formatted string renamed; other strings as they are."""
    if string[0] in "\"'" or "{" not in string or "f" not in string[:2].lower():
        return string
    pieces, done = [], 0
    while (place := string.find("{", done)) >= 0:
        pieces.append(string[done : place + 1])
        done = place + 1
        if string.startswith("{", done):
            pieces.append("{")
            done += 1
        else:
            end = _end_of_expression(string, done)
            pieces.append(_spelled(PythonNames(string[done:end]), mapping, parameters))
            done = end
    return "".join([*pieces, string[done:]])


def _end_of_expression(string: str, start: int) -> int:
    depth = 0
    for found in _EDGE.finditer(string, start):
        edge = found.group()
        if edge in "([{":
            depth += 1
        elif depth and edge in ")]}":
            depth -= 1
        elif not depth and edge in ")]}:!":
            return found.start()
    return len(string)


def _local_names(code: str) -> list[str]:
    """Names that a snippet of any language seems to introduce, in order."""
    found: dict[str, None] = {}
    for parameters in _PARAMETER.findall(code):
        for part in parameters.split(","):
            found[re.split(r"[:=]", part)[0].strip(" *\n")] = None
    for groups in _ASSIGNED.findall(code):
        found |= dict.fromkeys(groups)
    return [name for name in found if name.isidentifier() and name not in _KEPT]


def _is_kept(name: str) -> bool:
    return name in _KEPT or name.startswith("__") or not name.strip("_")


def _first_defined(code: str) -> str:
    found = _DEFINED.search(code)
    name = next((group for group in found.groups() if group), "") if found else ""
    return "" if name in _KEPT or name.startswith("__") else name
