"""`counterpart train --from-judgements`, and the versions below `counterpart models`."""

from __future__ import annotations

import argparse
import math
import shlex
from dataclasses import fields, replace

from engine.cli import INTERRUPTED
from engine.commands.mining_arguments import options_of
from engine.commands.output import duration, note, print_json
from engine.commands.session import finish, open_engine
from engine.errors import Cancelled
from engine.learning.finetune_folder import name_of_now
from engine.types_training import (
    MiningOptions,
    TrainingEstimate,
    TrainingOutlook,
    TrainingSpec,
    Version,
)


def run(arguments: argparse.Namespace) -> int:
    """Train a version from judgements, or say what there is to train on."""
    spec = _spec(arguments)
    with open_engine(arguments) as engine:
        outlook = engine.training_outlook(spec)
        if arguments.outlook or arguments.estimate:
            estimate = finish(engine.training_estimate(spec)) if arguments.estimate else None
            _show_outlook(arguments, outlook, estimate)
            return 0
        note(f"counterpart: {outlook.advice}")
        spec = replace(spec, name=spec.name or name_of_now())
        _say_what_holds(spec, engine.begun_training(spec.name))
        note(f"training {spec.name}")
        try:
            version = finish(engine.train_from_judgements(spec))
        except (KeyboardInterrupt, Cancelled):
            name = shlex.quote(spec.name)
            note(f"counterpart: interrupted; what was finished is kept: go on with --name {name}")
            return INTERRUPTED
        if arguments.activate and not version.warning:
            finish(engine.activate_version(version.name))
            version = next(one for one in engine.versions() if one.name == version.name)
    if arguments.json:
        print_json(version)
    else:
        show_version(version)
        if not version.active:
            print(f"use it with: counterpart models activate {version.name!r}")
    return 0


def run_versions(arguments: argparse.Namespace) -> int:
    """`models activate|export|import|versions`."""
    with open_engine(arguments) as engine:
        match arguments.models_command:
            case "activate":
                former = arguments.name == "former"
                job = (
                    engine.activate_former() if former else engine.activate_version(arguments.name)
                )
                models = finish(job)
                for one in engine.versions():
                    if one.name == arguments.name and one.warning:
                        note(f"counterpart: {one.warning}")
                if arguments.json:
                    print_json(models)
                else:
                    for model in models:
                        print(f"{model.role:14} {model.name}")
            case "export":
                path = engine.export_version(arguments.name, arguments.path)
                print_json({"path": path}) if arguments.json else print(path)
            case "import":
                version = engine.import_version(arguments.path, arguments.name)
                print_json(version) if arguments.json else show_version(version)
            case "versions":
                _list_versions(arguments, engine.versions(), engine.unfinished_trainings())
    return 0


def _list_versions(
    arguments: argparse.Namespace, versions: list[Version], unfinished: list[str]
) -> None:
    if arguments.json:
        print_json({"versions": versions, "unfinished": unfinished})
        return
    for one in versions:
        show_version(one)
    for name in unfinished:
        print(f"{name}  unfinished")
    if unfinished:
        name = shlex.quote(unfinished[0])
        note(f"go on with: counterpart train --from-judgements --name {name}")
    elif not versions:
        note("no version yet; counterpart train --from-judgements makes one")


def show_version(version: Version) -> None:
    """Print what a version is and how it compares."""
    state = f"in use: {', '.join(version.active)}" if version.active else "not in use"
    print(f"{version.name}  {', '.join(version.stages)}  {state}")
    if version.problem:
        print(f"  {version.problem}")
    if version.queries:
        print(f"  from {version.judgements} judgements of {version.queries} queries")
    for one in version.comparisons:
        print(
            f"  {one.data:9} {one.metric:8} {one.before:.4f} → {one.after:.4f} "
            f"({one.low:+.4f} to {one.high:+.4f}, p = {one.p_randomisation:.2g}, "
            f"{one.wins} better, {one.losses} worse of {one.queries})"
        )
    if version.warning:
        print(f"  {version.warning}")


def _spec(arguments: argparse.Namespace) -> TrainingSpec:
    both = ("cross-encoder", "encoder")
    minutes = 0.0 if math.isinf(arguments.minutes) else arguments.minutes
    return TrainingSpec(
        name=arguments.name,
        stages=both if arguments.stages == "both" else (arguments.stages,),
        corpus=arguments.corpus,
        judges=tuple(arguments.judge),
        held_out=arguments.held_out,
        steps=arguments.steps,
        minutes=minutes,
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        max_tokens=arguments.max_tokens,
        seed=arguments.seed,
        mining=replace(options_of(arguments), corpus=arguments.corpus),
        sample=not arguments.no_sample,
    )


def _say_what_holds(asked: TrainingSpec, begun: TrainingSpec | None) -> None:
    """What an unfinished training goes on with, where that is not what was asked for."""
    if begun is None:
        return
    differing = [
        f"{one.name.replace('_', ' ')} ({_in_words(getattr(begun, one.name))})"
        for one in fields(TrainingSpec)
        if getattr(begun, one.name) != getattr(asked, one.name)
    ]
    if differing:
        note(
            f"counterpart: {begun.name} goes on with what it was begun with, not with what is "
            f"asked for now: {', '.join(differing)}"
        )


def _in_words(value: object) -> str:
    if isinstance(value, MiningOptions):
        return "as then"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not value:
        return "by default"
    return " and ".join(value) if isinstance(value, tuple) else str(value)


def _show_outlook(
    arguments: argparse.Namespace, outlook: TrainingOutlook, estimate: TrainingEstimate | None
) -> None:
    if arguments.json:
        print_json(outlook if estimate is None else {"outlook": outlook, "seconds": estimate})
        return
    print(f"{outlook.judgements} judgements of {outlook.queries} queries on {outlook.device}")
    print(
        f"{outlook.train} queries to train on in {outlook.steps} steps, {outlook.tuning} to fit "
        f"the share on, {outlook.held_out} held out"
    )
    if estimate is not None:
        parts = (
            f"{part} {duration(getattr(estimate, part))}"
            for part in ("mining", "training", "measuring")
        )
        print(f"about {duration(estimate.total)} in all: {', '.join(parts)}")
    print(outlook.advice)
