"""What a query is, before it is searched for."""

from __future__ import annotations

from engine.code.frameworks import detect_frameworks
from engine.code.kind import detect_kind
from engine.code.language import detect_language
from engine.types import QueryKind, Understanding


def understand(text: str, kind: QueryKind = QueryKind.AUTO) -> Understanding:
    """Words or code, and for code its language and frameworks. `kind` other than AUTO is kept."""
    if kind is QueryKind.AUTO:
        kind = detect_kind(text)
    if kind is QueryKind.WORDS:
        return Understanding(kind)
    frameworks = detect_frameworks(text)
    language = detect_language(text)
    if frameworks and language is None:
        language = "Python"
    return Understanding(kind, language, frameworks)
