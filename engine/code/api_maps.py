"""How the frameworks spell the same operation, argument by argument.

`resources/api_maps.json` holds both what two APIs have in common and how to write one for the
other: `engine.code.api_names` reads the one out of it, this the other. Every row was executed in
each of its frameworks (see `docs/alignment.md`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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


_NO_VALUE = "<no value>"
"""What NumPy shows for an argument that was not given."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """An operation in one framework.

    `names` maps roles to the arguments' names there, `defaults` roles to their defaults (as
    source), `fixed` are arguments that have to be given for the result that the others have.
    """

    framework: Framework
    api: str
    names: Mapping[str, str]
    defaults: Mapping[str, str]
    fixed: Mapping[str, str]

    def signature(self, roles: Sequence[str]) -> str:
        """`torch.cat(tensors, dim=0)`: the arguments that have a role, then those that must be."""
        shown = []
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
    """The operations, by every name that a framework has for them."""

    def __init__(self, operations: Sequence[MappedOperation]) -> None:
        self.operations = tuple(operations)
        self._by_name: dict[tuple[Framework, str], MappedOperation] = {}
        for of_that_name in (True, False):  # `mx.np.dot` is rather `dot` than `mm`
            for operation in operations:
                for framework, spelling in operation.spellings.items():
                    if (spelling.api.endswith(f".{operation.name}")) == of_that_name:
                        self._add(framework, spelling.api, operation)

    def _add(self, framework: Framework, api: str, operation: MappedOperation) -> None:
        for name in (api, _short(api), strip_prefix(api)):
            self._by_name.setdefault((framework, name), operation)

    @classmethod
    def load(cls, path: Path) -> ApiMaps:
        """Read the table."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls([_operation(row) for row in raw["operations"]])

    def find(self, framework: Framework, name: str) -> MappedOperation | None:
        """The operation that a name, as written in code of a framework, stands for."""
        for spelt in (name, strip_prefix(name)):
            found = self._by_name.get((framework, spelt))
            if found is not None:
                return found
        return None

    def hint(self, name: str, source: Framework, target: Framework) -> str:
        """`tf.concat(values, axis) ↔ torch.cat(tensors, dim=0)` and what to mind; empty if none."""
        operation = self.find(source, name)
        if operation is None or target not in operation.spellings or source == target:
            return ""
        here, there = operation.spellings[source], operation.spellings[target]
        pair = f"{here.signature(operation.roles)} ↔ {there.signature(operation.roles)}"
        notes = operation.differences(source, target)
        return f"{pair}\n{'; '.join(notes)}" if notes else pair


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
