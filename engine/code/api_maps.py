"""How the frameworks spell the same operation, argument by argument.

`resources/api_maps.json` holds both what two APIs have in common and how to write one for the
other: `engine.code.api_names` reads the one out of it, this the other. Every row was executed in
each of its frameworks (see `docs/alignment.md`).
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.code.api_spellings import Spellings, is_class, spellings_by_name
from engine.code.prefixes import strip_prefix
from engine.paths import RESOURCES
from engine.types import Framework

_SHORT = (  # how people write the longer ones
    ("torch.nn.functional.", "F."),
    ("torch.nn.", "nn."),
    ("paddle.nn.functional.", "F."),
    ("paddle.nn.", "nn."),
    ("mindspore.nn.", "nn."),
    ("jax.numpy.", "jnp."),
    ("numpy.", "np."),
)


_BUILTINS = frozenset(dir(builtins))
"""Python's own `sum` and `range`, whatever the frameworks call so."""

_NO_VALUE = "<no value>"
"""What NumPy shows for an argument that was not given."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """An operation in one framework.

    `names` maps roles to the arguments' names there, `defaults` roles to their defaults (as
    source), `fixed` are arguments that have to be given for the result that the others have.
    `call` is set where no one API does it: `tf.reshape(x, [-1])` for flatten.
    """

    framework: Framework
    api: str
    names: Mapping[str, str]
    defaults: Mapping[str, str]
    fixed: Mapping[str, str]
    call: str = ""

    def signature(self, roles: Sequence[str]) -> str:
        """`torch.cat(tensors, dim=0)`: the arguments that have a role, then those that must be.

        The roles themselves where the names are not known: some functions take them by place.
        """
        if self.call:
            return self.call
        shown = [] if self.names else list(roles)
        for role in roles:
            name = self.names.get(role)
            if name is not None:
                default = self.defaults.get(role)
                plain = default is None or default == _NO_VALUE
                shown.append(name if plain else f"{name}={default}")
        shown += [f"{name}={value}" for name, value in self.fixed.items()]
        return f"{self.api}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class MappedOperation:
    """One operation and its spellings by framework; `neutral` is its name in the neutral view."""

    name: str
    neutral: str
    roles: tuple[str, ...]
    spellings: Mapping[Framework, Spelling]

    def differences(self, one: Framework, other: Framework) -> list[str]:
        """What to mind when going from one framework to the other, in words."""
        here, there = self.spellings[one], self.spellings[other]
        if here.call or there.call:
            return []
        notes = []
        for role in self.roles:
            ours, theirs = here.names.get(role), there.names.get(role)
            if ours and theirs and ours != theirs:
                notes.append(f"{ours} → {theirs}")
            before, after = here.defaults.get(role), there.defaults.get(role)
            if ours and theirs and before != after and _NO_VALUE not in (before, after):
                notes.append(
                    f"{theirs} defaults to {after}" if after else f"{theirs} must be given"
                )
        notes += [f"give {name}={value}" for name, value in there.fixed.items()]
        return notes


class ApiMaps:
    """The operations, by every name that a framework has for them; and what else has a name."""

    def __init__(
        self, operations: Sequence[MappedOperation], others: Mapping[str, Spellings] | None = None
    ) -> None:
        self.operations = tuple(operations)
        self._others = others or {}
        self._by_name: dict[tuple[Framework, str], MappedOperation] = {}
        for of_that_name in (True, False):  # `mx.np.dot` is rather `dot` than `mm`
            for operation in operations:
                for framework, spelling in operation.spellings.items():
                    if (
                        not spelling.call
                        and (spelling.api.endswith(f".{operation.name}")) == of_that_name
                    ):
                        self._add(framework, spelling.api, operation)

    def _add(self, framework: Framework, api: str, operation: MappedOperation) -> None:
        for name in (api, _short(api), strip_prefix(api)):
            self._by_name.setdefault((framework, name), operation)

    @classmethod
    def load(cls, path: Path) -> ApiMaps:
        """Read the table."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls([_operation(row) for row in raw["operations"]], spellings_by_name(path))

    def find(self, framework: Framework, name: str) -> MappedOperation | None:
        """The operation that a name, as written in code of a framework, stands for."""
        for spelt in (name, strip_prefix(name)):
            found = self._by_name.get((framework, spelt))
            if found is not None:
                return found
        return None

    def hint(self, name: str, source: Framework, target: Framework) -> str:
        """`tf.concat(values, axis) ↔ torch.cat(tensors, dim=0)` and what to mind; empty if none."""
        if source == target or name in _BUILTINS:
            return ""
        operation = self.find(source, name)
        if operation is None or target not in operation.spellings:
            return self._name_only(name, source, target)
        here, there = operation.spellings[source], operation.spellings[target]
        pair = f"{here.signature(operation.roles)} ↔ {there.signature(operation.roles)}"
        notes = operation.differences(source, target)
        return f"{pair}\n{'; '.join(notes)}" if notes else pair

    def _name_only(self, name: str, source: Framework, target: Framework) -> str:
        """`nn.Dense ↔ torch.nn.Linear`, where no row says how the arguments go."""
        of_class = is_class(name)
        if "." not in name and not of_class:  # anybody's `split`
            return ""
        spellings = self._others.get(strip_prefix(name), {})
        if not any(_names(spellings, source, kind) for kind in (True, False)):
            return ""
        names = _names(spellings, target, of_class) or _names(spellings, target, not of_class)
        return f"{name} ↔ {names[0]}\nthe arguments may differ" if names else ""


def _names(spellings: Spellings, framework: Framework, of_class: bool) -> tuple[str, ...]:
    """The spellings of a framework; TensorFlow has Keras's classes too, and rather those."""
    names = spellings.get((framework, of_class), ())
    if framework is Framework.TENSORFLOW and of_class:
        inside = spellings.get((Framework.KERAS, of_class), ())
        names = (*(f"tf.{name}" for name in inside), *names)
    return names


def _operation(row: Mapping[str, object]) -> MappedOperation:
    spellings: Mapping[str, Mapping[str, object]] = row["in"]  # type: ignore[assignment]
    return MappedOperation(
        name=str(row["name"]),
        neutral=str(row["neutral"]),
        roles=tuple(row["arguments"]),  # type: ignore[arg-type]
        spellings={
            Framework(name): Spelling(
                Framework(name),
                str(spelling["api"]),
                dict(spelling.get("names", {})),  # type: ignore[call-overload]
                dict(spelling.get("defaults", {})),  # type: ignore[call-overload]
                dict(spelling.get("fixed", {})),  # type: ignore[call-overload]
                str(spelling["call"]) if spelling.get("neutral") else "",
            )
            for name, spelling in spellings.items()
        },
    )


def _short(api: str) -> str:
    for full, short in _SHORT:
        if api.startswith(full):
            return short + api[len(full) :]
    return api


@lru_cache(maxsize=1)
def api_maps() -> ApiMaps:
    """The table that ships with Counterpart, read once."""
    return ApiMaps.load(RESOURCES / "api_maps.json")
