"""Reads `operations.txt`. Needs nothing but Python, since it runs beside every framework."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("operations.txt")

FRAMEWORKS = {
    "torch": "PyTorch",
    "tf": "TensorFlow",
    "keras": "Keras",
    "mx": "MXNet",
    "paddle": "Paddle",
    "jax": "JAX",
    "ms": "MindSpore",
    "numpy": "NumPy",
}

_HEAD = re.compile(r"(\w+)\((.*?)\)$")
_PLACE = re.compile(r"(\w+)=(\[.*?\]|\(.*?\)|\S+)")


@dataclass
class Operation:
    """A name, the roles of its arguments in order, values to try, and calls by framework."""

    name: str
    roles: list[str]
    values: dict[str, str]
    calls: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def call(self, framework: str) -> str:
        """The call for a framework; empty if the name has to be looked for."""
        return self.calls.get(framework, "")


def read_operations(text: str | None = None) -> list[Operation]:
    """The operations in order; a line for a name that was there before replaces that one."""
    found: dict[str, Operation] = {}
    for line in (text or SOURCE.read_text(encoding="utf-8")).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            places, names = line[1:].split(":", 1)
            values = dict(_PLACE.findall(places))
            for name in names.split():
                found.setdefault(name, Operation(name, list(values), values))
            continue
        head, *rest = (part.strip() for part in line.split(" | "))
        matched = _HEAD.match(head)
        assert matched is not None, head
        roles = [role.strip() for role in matched[2].split(",")]
        operation = Operation(matched[1], roles, dict(_PLACE.findall(rest[0])))
        for part in rest[1:]:
            if part.startswith("!"):
                operation.left_out.add(part[1:])
            else:
                framework, _, call = part.partition(":")
                operation.calls[framework.strip()] = call.strip()
        found[operation.name] = operation
    return list(found.values())


def main_call(expression: str) -> tuple[str, ast.Call] | None:
    """The dotted name that an expression calls, and that call: the one nearest to the roles.

    Of `torch.sort(x, axis)[0]` it is `torch.sort`; of `f(g(x))`, the outer one.
    """
    for node in ast.walk(ast.parse(expression, mode="eval")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = ast.unparse(node.func)
            if "(" not in name and name.split(".")[0] in _ROOTS:
                return name, node
    return None


_ROOTS = {"torch", "tf", "keras", "mx", "paddle", "jax", "jnp", "mindspore", "np"}
