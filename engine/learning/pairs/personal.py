"""Taking out what points to a person: user names, addresses, and times to the minute."""

from __future__ import annotations

import re

from engine.code.tokens import name_set
from engine.learning.pairs.layout import Layout

_EMAIL = re.compile(r"<?(?:mailto:)?\b[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b>?")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'`)\]]+", re.IGNORECASE)
_USER_URL = re.compile(
    r"//(?:www\.|gist\.)?(?:github|gitlab|bitbucket|kaggle|twitter|x|medium|linkedin|facebook|"
    r"instagram|huggingface|youtube)\.(?:com|org|co)/\w|//\w[\w-]*\.github\.io\b|"
    r"/~\w|/@\w|/(?:u|users?|profiles?|people|author|members?|in)/[\w%.-]|"
    r"[?&](?:u|uid|user|user_?id|user_?name|author|login|owner)=",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w@./)\]}'\"`])@([A-Za-z][\w-]{1,38})\b(?!\.?\w|\()")
_DECORATORS = name_set(
    "property staticmethod classmethod abstractmethod abstractproperty cached_property dataclass "
    "overload override final contextmanager cache lru_cache wraps jit njit vmap pytest fixture "
    "param parameter params return returns rtype type raises throws see note deprecated torch tf "
    "triton numba jax app property_name setter getter unittest mock patch click attr attrs"
)
_CLOCK = re.compile(
    r"(?:(?<=\d{4}-\d\d-\d\d)[T ]|(?<=\d{4}/\d\d/\d\d) |\b(?:at )?)"
    r"(?:(?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d+)?(?:\s?[ap]\.?m\b\.?)?"
    r"|(?:[01]?\d|2[0-3]):[0-5]\d\s?[ap]\.?m\b\.?"
    r"|(?<=[T ])(?<=\d{4}-\d\d-\d\d[T ])(?:[01]?\d|2[0-3]):[0-5]\d)"
    r"(?:\s?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?",
    re.IGNORECASE,
)
_HINT = re.compile(r"@|https?:|www\.|\d:\d\d")
_GONE = "\0"
_LEAD = (
    r"(?:\b(?:see|see also|based on|adapted from|taken from|ref|source|from|via|cc|thanks to|by)"
    r"[:\s]\s*)?"
)
_AROUND = re.compile(  # brackets that held nothing else, or words that lead to what is gone
    rf"[([<]\s*{_LEAD}\0[\s,\0]*[)\]>]"
    rf"|{_LEAD}\0(?:\s*(?:and|,)?\s*\0)*"
    r"(?:\s+for (?:more |further )?(?:details?|information|info|context|discussion|background))?",
    re.IGNORECASE,
)
_GAP = re.compile(r"(?<=\S)[ \t]{2,}")


def without_personal_data(text: str) -> str:
    """The text without e-mail addresses, user names (`@name`), URLs that hold one, and clock times.

    Dates stay, and so do names that are Python decorators.
    """
    if not _HINT.search(text):
        return text
    changed = _EMAIL.sub(_GONE, text.replace(_GONE, " "))
    changed = _URL.sub(lambda url: _GONE if _USER_URL.search(url[0]) else url[0], changed)
    changed = _NAME.sub(lambda name: name[0] if name[1] in _DECORATORS else _GONE, changed)
    changed = _CLOCK.sub(_GONE, changed)
    if _GONE not in changed:
        return text
    return _GAP.sub(" ", _AROUND.sub("", changed)).strip()


def code_without_personal_data(code: str) -> str:
    """The code with its comments and triple-quoted strings treated so; the rest is untouched."""
    if not _HINT.search(code) or ("#" not in code and '"""' not in code and "'''" not in code):
        return code
    changed = Layout(code).with_remarks(_remark_without)
    return "\n".join(line.rstrip() for line in changed.split("\n"))


def _remark_without(remark: str) -> str:
    """As `without_personal_data`, line by line: indentation and quotes stay."""
    lines = []
    for line in remark.split("\n"):
        body = line.lstrip()
        lines.append(line[: len(line) - len(body)] + without_personal_data(body) if body else line)
    return "\n".join(lines)
