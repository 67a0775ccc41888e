"""Executes every operation in the frameworks of one environment.

    python side.py OUT.json torch numpy

Run it with the Python of an environment that has those frameworks; it needs nothing else. For each
operation and framework it writes the call that worked, what came out, and the call's parameters.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))
from operations import Operation, main_call, read_operations  # noqa: E402

MODULES = {
    "torch": "torch torch.nn.functional torch.linalg torch.special torch.fft",
    "tf": "tf tf.math tf.linalg tf.nn tf.signal",
    "keras": "keras.ops",
    "mx": "mx.np mx.npx mx.np.linalg",
    "paddle": "paddle paddle.nn.functional paddle.linalg paddle.fft",
    "jax": "jnp jax.nn jnp.linalg jnp.fft jax.scipy.special jax.lax",
    "ms": "mindspore.ops mindspore.mint",
    "numpy": "np np.linalg np.fft",
}


def values() -> dict[str, Any]:
    """The values that operations are tried with, the same in every environment."""
    r = np.random.RandomState(7)

    def f(*shape: int) -> Any:
        return r.standard_normal(shape).astype("float32")

    a, b, s = f(3, 4), f(3, 4), f(3, 3)
    spd = (s @ s.T + 3 * np.eye(3)).astype("float32")
    logits = a - np.log(np.exp(a).sum(1, keepdims=True))
    prob = (np.abs(b) + 0.1) / (np.abs(b) + 0.1).sum(1, keepdims=True)
    found = {
        "A": a, "B": b, "P": np.abs(f(3, 4)) + 0.2, "P2": np.abs(f(3, 4)) + 0.3,
        "P1": np.abs(f(3, 4)) + 1.1, "U": np.tanh(f(3, 4)) * 0.9, "S": s, "SPD": spd,
        "LOW": np.tril(spd), "CHOL": np.linalg.cholesky(spd).astype("float32"),
        "V": f(4), "W": f(4), "V3": f(3), "W3": f(3), "V5": f(5), "AT": f(4, 3),
        "T": f(2, 3, 4), "TT": f(2, 4, 3), "BB": f(2, 3, 3), "K1": f(3, 1, 4),
        "TI": f(3, 3), "ASC": np.linspace(-1, 1, 5).astype("float32"),
        "I": r.randint(0, 6, (3, 4)), "J": r.randint(1, 5, (3, 4)), "IV": r.randint(0, 5, (6,)),
        "IDX": np.array([2, 0]), "IDX3": np.array([2, 0, 1]), "IA": r.randint(0, 4, (3, 2)),
        "IN": np.array([[0, 1], [2, 3]]), "IDS": np.array([0, 0, 1]), "LAB": np.array([1, 3, 0]),
        "BO": a > 0, "BP": b > 0, "BV": np.array([True, False, True, False]),
        "C": (a + 1j * b).astype("complex64"), "N2": f(3, 2), "W1": np.array([0.2], "float32"),
        "M2": f(2), "PV2": np.abs(f(2)) + 0.5, "N3": f(1, 2, 8), "K3": f(3, 2, 3),
        "N4": f(1, 2, 6, 6), "K4": f(3, 2, 3, 3), "KT": f(2, 3, 3, 3), "N5": f(1, 2, 4, 4, 4),
        "K5": f(3, 2, 2, 2, 2), "N4C": f(1, 4, 4, 4), "GR": np.tanh(f(1, 3, 3, 2)),
        "TH": f(1, 2, 3), "Q4": f(2, 3, 2, 4), "LP": logits, "PR": 1 / (1 + np.exp(-a)),
        "PRN": prob.astype("float32"), "T01": (b > 0).astype("float32"),
        "PM": np.where(b > 0, 1.0, -1.0).astype("float32"), "PM3": np.array([1.0, -1.0, 1.0]),
        "OH": np.eye(4, dtype="float32")[:3], "W344": f(5, 4, 4),
    }  # fmt: skip
    return found


class Framework:
    """One framework: how it is imported, and how values go in and come out."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.names: dict[str, Any] = {"np": np}
        getattr(self, f"_{key}")()
        self.values = {name: self._in(value) for name, value in values().items()}
        self.values["SH"] = [2, 3] if key in ("tf", "paddle") else (2, 3)
        self.values["f64"] = getattr(self, "f64", np.float64)

    def _numpy(self) -> None:
        self.into = lambda x: x

    def _torch(self) -> None:
        torch = import_module("torch")
        self.names["torch"], self.into, self.f64 = torch, torch.tensor, torch.float64

    def _tf(self) -> None:
        tf = import_module("tensorflow")
        self.names["tf"], self.into, self.f64 = tf, tf.constant, tf.float64

    def _keras(self) -> None:
        import_module("tensorflow")
        keras = import_module("keras")
        self.names["keras"], self.into, self.f64 = keras, keras.ops.convert_to_tensor, "float64"

    def _jax(self) -> None:
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        import_module("jax.scipy.special")
        import_module("jax.scipy.linalg")
        self.names |= {"jax": jax, "jnp": import_module("jax.numpy")}
        self.into = self.names["jnp"].asarray

    def _paddle(self) -> None:
        paddle = import_module("paddle")
        self.names["paddle"], self.into, self.f64 = paddle, paddle.to_tensor, "float64"

    def _ms(self) -> None:
        mindspore = import_module("mindspore")
        import_module("mindspore.mint")
        self.names["mindspore"], self.into, self.f64 = (
            mindspore,
            mindspore.Tensor,
            mindspore.float64,
        )

    def _mx(self) -> None:
        np.bool = bool  # type: ignore[attr-defined]  # gone from NumPy since MXNet's last release
        mx = import_module("mxnet")
        mx.npx.set_np()
        self.names["mx"], self.into = mx, lambda x: mx.np.array(x, dtype=x.dtype)

    def _in(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        try:
            return self.into(value)
        except Exception:
            return None

    def out(self, result: Any) -> np.ndarray:
        """A result as an array."""
        if isinstance(result, bool | int | float | complex):
            return np.asarray(result)
        for method in ("detach", "numpy", "asnumpy"):
            if hasattr(result, method):
                result = getattr(result, method)()
        if isinstance(result, list | tuple):
            return np.asarray([np.asarray(self.out(part)) for part in result])
        return np.asarray(result)

    def run(self, operation: Operation, call: str) -> np.ndarray:
        """The result of a call with the operation's values."""
        scope = {**self.names}
        for role, expression in operation.values.items():
            scope[role] = eval(expression, {**self.values})
        return self.out(eval(call, scope))

    def parameters(self, name: str, call: ast.Call) -> list[tuple[str, str | None, bool]]:
        """(name, default, positional) of what is called, from its signature or its docstring."""
        function = eval(name, dict(self.names))
        function = function.__init__ if inspect.isclass(function) else function
        try:
            found = inspect.signature(function).parameters.values()
            kinds = inspect.Parameter
            return [
                (p.name, None if p.default is p.empty else repr(p.default),
                 p.kind not in (kinds.KEYWORD_ONLY, kinds.VAR_KEYWORD))
                for p in found
                if p.name != "self" and p.kind is not kinds.VAR_KEYWORD
            ]  # fmt: skip
        except (TypeError, ValueError):
            given = len(call.args) + len(call.keywords)
            return _from_docstring(function.__doc__ or "", name.rpartition(".")[2], given)


def _from_docstring(doc: str, name: str, given: int) -> list[tuple[str, str | None, bool]]:
    """`cat(tensors, dim=0, *, out=None) -> Tensor`, as C functions write it.

    Of several such lines the first that takes as many arguments by place as are `given`.
    """
    lines = re.findall(rf"\b{re.escape(name)}\(([^)]*(?:\([^)]*\)[^)]*)*)\)", doc)
    found = [_parameters(line) for line in lines[:6]]
    fitting = [ps for ps in found if sum(by_place for *_, by_place in ps) >= given]
    return (fitting or found or [[]])[0]


def _parameters(line: str) -> list[tuple[str, str | None, bool]]:
    found: list[tuple[str, str | None, bool]] = []
    positional = True
    inside = re.sub(r"[\[\]]", "", line)
    for part in re.split(r",\s*(?![^(]*\))", inside):
        part = part.strip()
        if part in ("*", "..."):
            positional = False
        elif part and part != "/":
            parameter, _, default = part.partition("=")
            if parameter.strip().isidentifier():
                found.append((parameter.strip(), default.strip() or None, positional))
    return found


def attempt(framework: Framework, operation: Operation) -> dict[str, Any] | None:
    """The first call that works, or None."""
    if framework.key in operation.left_out:
        return None
    given = operation.call(framework.key)
    arguments = ", ".join(operation.roles)
    calls = [given] if given else [
        f"{module}.{operation.name}({arguments})" for module in MODULES[framework.key].split()
    ]  # fmt: skip
    for call in calls:
        try:
            result = framework.run(operation, call)
            found = main_call(call)
            parameters = framework.parameters(*found) if found else []
        except Exception:
            continue
        if result.dtype == object:
            continue
        listed = np.asarray(result, dtype="complex128")
        return {
            "call": call,
            "shape": list(result.shape),
            "real": listed.real.ravel().tolist(),
            "imag": listed.imag.ravel().tolist(),
            "parameters": parameters,
        }
    return None


def main() -> None:
    out, *keys = sys.argv[1:]
    report: dict[str, dict[str, Any]] = {}
    for key in keys:
        framework = Framework(key)
        done = {op.name: attempt(framework, op) for op in read_operations()}
        report[key] = {name: record for name, record in done.items() if record}
        print(key, len(report[key]), "of", len(done), file=sys.stderr)
    Path(out).write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main()
