"""`counterpart models`, and `models list`, `look`, `use`, `download`, `remove`, `runtime`."""

from __future__ import annotations

import argparse

from engine.commands.finetune import run_versions
from engine.commands.model_runtimes import run as run_runtime
from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.engine import Engine
from engine.errors import ModelError
from engine.models.catalogue import BUNDLED, ModelRole
from engine.models.memory import in_words
from engine.types_models import ModelInfo, ModelListing, ModelPlace, ModelPlan

_PLACES = {ModelPlace.HERE: "here", ModelPlace.PARTIAL: "partly here", ModelPlace.ABSENT: ""}


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands; without one, load what was chosen and show both models."""
    commands = {
        "list": _list,
        "look": _look,
        "use": _use,
        "download": _download,
        "remove": _remove,
        "runtime": run_runtime,
        **dict.fromkeys(("activate", "export", "import", "versions"), run_versions),
    }
    return commands.get(arguments.models_command, _both)(arguments)


def _both(arguments: argparse.Namespace) -> int:
    chosen: tuple[tuple[ModelRole, str | None], ...] = (
        ("encoder", arguments.encoder),
        ("cross-encoder", arguments.cross_encoder),
    )
    with open_engine(arguments) as engine:
        for role, name in chosen:
            if name is not None:
                _choose(engine, role, name, arguments)
        models = finish(engine.load_models())
    return _show_both(models, arguments)


def _use(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        roles: tuple[ModelRole, ...] = ("encoder", "cross-encoder")
        if arguments.role or arguments.name != BUNDLED:
            roles = (_role(engine, arguments),)
        for role in roles:
            _choose(engine, role, arguments.name, arguments)
        models = finish(engine.load_models())
    return _show_both(models, arguments)


def _choose(engine: Engine, role: ModelRole, name: str, arguments: argparse.Namespace) -> None:
    if arguments.allow_download:
        plan = finish(engine.plan_model(role, name, ask=True))
        if plan.missing:
            _refuse_if_it_does_not_fit(plan, arguments)
            note(_plan_line(plan))
            finish(engine.download_model(role, name))
    try:
        finish(engine.choose_model(role, name, anyway=arguments.anyway))
    except ModelError as error:
        if "is not on this machine" in str(error):
            raise ModelError(
                f"the model {name} is not on this machine{_offered(engine, role, name)}; say "
                "--download to fetch it from huggingface.co, or give a folder"
            ) from None
        raise
    if role == "encoder":
        note("corpora get vectors of this encoder when they are next indexed, or in the window")


def _refuse_if_it_does_not_fit(plan: ModelPlan, arguments: argparse.Namespace) -> None:
    if not plan.fits and not arguments.anyway:
        raise ModelError(
            f"the model {plan.name} takes about {in_words(plan.memory)} of memory on "
            f"{plan.device}, and {in_words(plan.free or 0)} are free; choose a smaller one, or "
            "say --anyway"
        )


def _offered(engine: Engine, role: ModelRole, name: str) -> str:
    """What the catalogue says of a model, for the question whether to fetch it."""
    listed = (m for m in finish(engine.list_models()) if (m.role, m.name) == (role, name))
    found = next(listed, None)
    return f" ({_licence(found.licence, found.commercial)})" if found and found.licence else ""


def _look(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        plan = finish(engine.plan_model(_role(engine, arguments), arguments.name, ask=True))
    if arguments.json:
        print_json(plan)
    else:
        print(_plan_line(plan))
    return 0


def _download(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        role = _role(engine, arguments)
        plan = finish(engine.plan_model(role, arguments.name, ask=True))
        if plan.missing:
            _refuse_if_it_does_not_fit(plan, arguments)
            note(_plan_line(plan))
        done = finish(engine.download_model(role, arguments.name))
    if arguments.json:
        print_json(done)
    else:
        stage = f" --role {arguments.role}" if arguments.role else ""
        note(f"{done.name} is on this machine; counterpart models use {done.name}{stage}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    freed = 0
    with open_engine(arguments) as engine:
        if arguments.name in [version.name for version in engine.versions()]:
            freed = engine.remove_version(arguments.name)
            what = "the trained version"
        elif arguments.name in engine.unfinished_trainings():
            freed = engine.remove_training(arguments.name)
            what = "the unfinished training"
        else:
            freed = engine.remove_model(arguments.name)
            what = "what was downloaded of"
    if arguments.json:
        print_json({"removed": arguments.name, "vector_bytes": freed})
    else:
        vectors = f", and {in_words(freed)} of its vectors" if freed else ""
        note(f"removed {what} {arguments.name}{vectors}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        models = finish(engine.list_models())
        versions = engine.versions()
    if arguments.json:
        print_json({"models": models, "versions": versions})
        return 0
    role = ""
    for model in models:
        if model.role != role:
            role = model.role
            print(f"{role}s")
        print(_listing_lines(model))
    if versions:
        print("trained on judgements (counterpart models versions)")
    for version in versions:
        mark = "*" if version.active else " "
        print(f"{mark} {version.name}  {', '.join(version.stages)}")
    return 0


def _listing_lines(model: ModelListing) -> str:
    mark = "*" if model.in_use else " "
    facts = [
        model.group,
        f"{model.parameters / 1e6:,.0f} M parameters" if model.parameters else "",
        _licence(model.licence, model.commercial),
        f"takes about {in_words(model.memory)}" if model.memory else "",
        "" if model.fits else f"does not fit: {in_words(model.free or 0)} are free",
        _PLACES[model.place] if model.name != BUNDLED else "",
        in_words(model.here) if model.here else "",
        f"{in_words(model.size)} to download" if model.size and not model.here else "",
    ]
    lines = [f"{mark} {model.name}", "    " + " · ".join(part for part in facts if part)]
    if model.purpose:
        lines.append(f"    {model.purpose}")
    return "\n".join(lines)


def _plan_line(plan: ModelPlan) -> str:
    size = in_words(plan.size)
    if plan.missing not in (0, plan.size):
        size = f"{in_words(plan.missing)} of {size} still to come"
    parts = [
        plan.name,
        size if plan.missing else f"{size}, on this machine",
        _licence(plan.licence, plan.commercial),
        f"revision {plan.revision[:12]}" if plan.revision else "",
        f"takes about {in_words(plan.memory)} on {plan.device}",
        "" if plan.fits else f"does not fit: {in_words(plan.free or 0)} are free",
    ]
    return " · ".join(part for part in parts if part)


def _licence(licence: str, commercial: bool) -> str:
    if not licence:
        return "no licence stated"
    return licence if commercial else f"{licence}: not for commercial use"


def _role(engine: Engine, arguments: argparse.Namespace) -> ModelRole:
    """The stage that a model is for. Raises `ModelError` if that is not known."""
    found = {m.role for m in finish(engine.list_models()) if m.name == arguments.name}
    role = arguments.role or (found.pop() if len(found) == 1 else None)
    if role is None:
        why = "is the name of one of each" if found else "is not in the catalogue"
        raise ModelError(f"say --role encoder or --role cross-encoder: {arguments.name} {why}")
    return "encoder" if role == "encoder" else "cross-encoder"


def _show_both(models: tuple[ModelInfo, ...], arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json(models)
    else:
        for model in models:
            print(_line(model))
    return 1 if any(model.problem for model in models) else 0


def _line(model: ModelInfo) -> str:
    where = " · ".join(part for part in (model.device, model.precision) if part)
    return f"{model.role:14} {model.name}  {model.problem or where or model.state}"
