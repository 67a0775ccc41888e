"""What a snippet says when it does not say in which framework.

Retrieval reads this view: an encoder sees the framework before it sees the task, so import lines
and framework prefixes are dropped, and tokens name an API as every framework would.
"""

from __future__ import annotations

import re
from itertools import chain

from engine.code.api_names import api_names
from engine.code.imports import drop_imports
from engine.code.prefixes import CHAIN, HINTS, droppable
from engine.code.tokens import MAX_CACHED, split_identifier, tokenize

# Strings are matched first so that nothing inside them changes. A backslash pair outside a string
# is passed over as well: otherwise every escaped quote of an unclosed string would be tried anew.
_STRING_OR_CHAIN = re.compile(
    r"""(?s:\\.)
    |(?:\b[rbufRBUF]{1,2}+|(?<!\w))
     (?:\"{3}(?s:(?!\"{3})[^\\]|\\.)*+\"{3}
       |'{3}(?s:(?!'{3})[^\\]|\\.)*+'{3}
       |\"(?:[^\"\\\n]|\\.)*+\"
       |'(?:[^'\\\n]|\\.)*+')
    |("""
    + CHAIN.pattern
    + ")",
    re.VERBOSE,
)
_TOKEN = re.compile(r"\.?+[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+|\d++(?:\.\d++)?+\w*+")
_NO_FRAMEWORKS = frozenset({"C", "C#", "Go", "Java", "Kotlin", "PHP", "Ruby", "Rust", "Scala"})
_DIMENSIONS = re.compile(r"[123][dD]\b")


def neutral_view(text: str, language: str | None = None) -> str:
    """The text without import lines and framework prefixes, for the encoder and cross-encoder.

    Works on any language and on fragments; strings stay as they are. Text that consists of nothing
    but imports is returned unchanged. `language`, if known, keeps `F.apply` of Java what it is.
    """
    view = drop_imports(text)
    if language not in _NO_FRAMEWORKS and any(hint in view for hint in HINTS):
        view = _STRING_OR_CHAIN.sub(_without_prefix, view)
    return view if view.strip() else text


def _without_prefix(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return match[0]
    parts = name.split(".")
    return ".".join(parts[droppable(parts) :])


def neutral_tokens(text: str, language: str | None = None) -> list[str]:
    """The tokens of the neutral view, with a neutral name beside every API name.

    `torch.cat`, `tf.concat` and `np.concatenate` all give `concatenate`, twice, because what is
    called says more about a snippet than how its variables are named; the API's own name stays as
    a token too (measured: better than replacing it). Prefixes are dropped in strings and comments
    as well, where they say as little. `language` makes no difference.
    """
    view = drop_imports(text)
    if "torch::" in view:
        view = view.replace("::", ".")
    tokens = list(chain.from_iterable(map(_cache.__getitem__, _TOKEN.findall(view))))
    return tokens or tokenize(text)


class _Cache(dict[str, tuple[str, ...]]):
    """Dotted names already turned into tokens."""

    def __missing__(self, name: str) -> tuple[str, ...]:
        if len(self) >= MAX_CACHED:
            self.clear()
        tokens = self[name] = _name_tokens(name)
        return tokens


_cache = _Cache()


def _name_tokens(name: str) -> tuple[str, ...]:
    if name[0].isdigit():
        return split_identifier(name)
    parts = name.split(".")
    is_method = not parts[0]
    if is_method:
        del parts[0]
    dropped = droppable(parts)
    parts = parts[dropped:]
    tokens = [token for part in parts for token in split_identifier(part)]
    neutral = api_names().neutral(parts, qualified=dropped > 0, method=is_method or len(parts) > 1)
    if neutral:
        tokens.append(neutral)
        tokens.extend(split_identifier(neutral))
        tokens.extend(size.lower() for size in _DIMENSIONS.findall(parts[-1]))
    return tuple(tokens)
