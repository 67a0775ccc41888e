"""`counterpart models runtime`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.types_models import ModelInfo, RuntimeTrial


def run(arguments: argparse.Namespace) -> int:
    """Keep a choice, measure, or show what is in use."""
    from engine.models.runtime import RUNTIME, Runtime, missing_packages

    trials: tuple[RuntimeTrial, ...] = ()
    models: tuple[ModelInfo, ...] = ()
    with open_engine(arguments) as engine:
        if arguments.name is not None:
            engine.use_runtime(arguments.name)
        if arguments.measure:
            trials = finish(engine.measure_runtimes())
        else:
            models = finish(engine.load_models())
        chosen = str(engine.setting(RUNTIME, Runtime.AUTO))
    if line := missing_packages(chosen) if chosen in set(Runtime) else "":
        note(line)
    if arguments.json:
        print_json({"runtime": chosen, "models": models, "trials": trials})
        return 0
    print(f"runtime: {chosen}")
    for model in models:
        where = " · ".join(part for part in (model.device, model.precision) if part)
        print(f"{model.role:14} {model.problem or where}")
    for trial in trials:
        mark = "*" if trial.best else " "
        print(
            f"{mark} {trial.role:14} {trial.runtime:11} {trial.tokens_per_second:>9,.0f} tokens/s"
            f"   fidelity {trial.fidelity:.4f}"
        )
    return 0
