"""A package's licence, read from the package: never assumed, never taken from a list.

Sources in the order of their weight (PEP 639 and the core metadata before it): the SPDX expression
of the metadata, its classifiers, its free-text field, and the licence file. They must not
contradict each other: a package that mentions a copyleft or non-commercial licence anywhere in its
metadata is refused, whatever else it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from engine.errors import DataError

PERMISSIVE = frozenset(
    {"Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Zlib", "PSF-2.0"}
)
"""SPDX identifiers of the licences that training text may have."""

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "zlib/libpng License": "Zlib",
    "Python Software Foundation License": "PSF-2.0",
}
_NO_LICENCE = frozenset({"OSI Approved", "Freely Distributable"})  # classifiers that say nothing
_OTHER = re.compile(
    r"\b(A?L?GPL|GNU|Mozilla Public|MPL|EPL|CDDL|EUPL|SSPL|BUSL|Business Source|Commons Clause|"
    r"non-?commercial|proprietary|CC[- ]BY)\b",
    re.I,
)
_TEXTS = (
    ("Apache-2.0", re.compile(r"Apache\s+License|apache\.org/licenses/LICENSE-2\.0", re.I)),
    ("MIT", re.compile(r"Permission is hereby granted, free of charge.*copy, modify, merge", re.I)),
    ("BSD-3-Clause", re.compile(r"Redistribution and use in source.*Neither the name", re.I)),
    ("BSD-2-Clause", re.compile(r"Redistribution and use in source", re.I)),
    ("ISC", re.compile(r"Permission to use, copy, modify, and/?o?r? distribute", re.I)),
)
_WORD = r"\s*(?:the )?{}(?: software)?(?: licen[cs]e)?\s*"
_SHORT = tuple(
    (name, re.compile(_WORD.format(words), re.I))
    for name, words in (
        (
            "Apache-2.0",
            r"apache(?: software)?(?:[ -]licen[cs]e)?[-, ]*(?:v(?:ersion)? ?)?(?:2(?:\.0)?)?",
        ),
        ("MIT-0", r"MIT-0"),
        ("MIT", r"(?:expat|MIT)"),
        (
            "BSD-3-Clause",
            r"(?:(?:new|modified|revised) BSD|BSD[- ]3(?:[- ]clause)?|3[- ]clause BSD)",
        ),
        ("BSD-2-Clause", r"(?:simplified BSD|BSD[- ]2(?:[- ]clause)?|2[- ]clause BSD)"),
        ("BSD", r"BSD"),
        ("ISC", r"ISC"),
    )
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a package says of its licence: its core metadata, and the text of its licence files."""

    metadata: Message
    texts: tuple[str, ...] = ()


def read_licence(stated: Stated, name: str) -> str:
    """The licence as an SPDX expression of permissive licences.

    Raises `DataError` if it is another one, or none is stated.
    """
    metadata = stated.metadata
    # A field that is not ASCII comes as a `Header` object.
    expression = str(metadata.get("License-Expression") or "").strip()
    field = str(metadata.get("License") or "").strip()
    classifiers = list(_classified(map(str, metadata.get_all("Classifier") or ())))
    for said in (expression, field if len(field) < 200 else "", *classifiers):
        other = _OTHER.search(said)
        if other is not None:
            raise _refusal(name, said)
    if expression:
        if not spdx_ids(expression) <= PERMISSIVE:
            raise _refusal(name, expression)
        return " AND ".join(sorted(spdx_ids(expression)))
    unknown = [said for said in classifiers if said not in _CLASSIFIERS]
    if unknown:
        raise _refusal(name, unknown[0])
    candidates = {_CLASSIFIERS[said] for said in classifiers} or _of_field(field)
    found = {_precise(candidate, (field, *stated.texts)) for candidate in candidates}
    found = found or {_of_text(text) for text in stated.texts[:1]}
    if not found or not found <= PERMISSIVE:
        raise DataError(f"{name} states no licence that is known; leave it out of the list")
    return " AND ".join(sorted(found))


def check_licence(stated: Stated, name: str, listed: str) -> str:
    """The licence read from the package. Raises `DataError` if it is not the one `listed`."""
    found = read_licence(stated, name)
    if spdx_ids(found) != spdx_ids(listed):
        raise DataError(f"{name} is under {found}, the list says {listed}; correct the list")
    return found


def is_under_another(head: str) -> bool:
    """Whether the head of a file names a licence that is not permissive, whatever the package's."""
    return _OTHER.search(head) is not None


def spdx_ids(expression: str) -> frozenset[str]:
    """The licences of an SPDX expression; all of them are asked for, even of an OR."""
    words = re.split(r"[\s()]+", expression)
    return frozenset(word for word in words if word and word not in {"AND", "OR"})


def _classified(classifiers: Iterable[str]) -> Iterable[str]:
    for classifier in classifiers:
        parts = [part.strip() for part in classifier.split("::")]
        if parts[0] == "License" and parts[-1] not in _NO_LICENCE:
            yield parts[-1]


def _of_field(field: str) -> set[str]:
    for name, pattern in _SHORT:
        if pattern.fullmatch(field):
            return {name}
    text = _of_text(field)
    return {text} if text else set()


def _of_text(text: str) -> str:
    flat = " ".join(text.split())
    return next((name for name, words in _TEXTS if words.search(flat)), "")


def _precise(candidate: str, texts: Iterable[str]) -> str:
    """Which of the BSD licences `BSD` is: by the text, or by what the field calls it."""
    if candidate != "BSD":
        return candidate
    for text in texts:
        for found in (*_of_field(text), _of_text(text)):
            if found.startswith("BSD-"):
                return found
    return "BSD"


def _refusal(name: str, said: str) -> DataError:
    line = " ".join(said.split())[:80]
    return DataError(f"{name} states the licence “{line}”, which is not permissive; leave it out")
