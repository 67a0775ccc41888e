"""The arguments of `counterpart models …`."""

from __future__ import annotations

import argparse

from engine.commands.words import given


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the commands below `models`; `common` holds the options that every command has."""
    what = "bundled, a folder, or a Hugging Face id"
    parser.add_argument("--encoder", type=given, metavar="MODEL", help=f"use this encoder: {what}")
    parser.add_argument(
        "--cross-encoder", type=given, metavar="MODEL", help="use this cross-encoder"
    )
    _add_consent(parser, default=False)
    commands = parser.add_subparsers(dest="models_command", metavar="COMMAND")

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    command("list", "List the models one can use: the catalogue, and what was downloaded.")
    look = command(
        "look", "Ask huggingface.co about a model: size, licence, memory. Fetch nothing."
    )
    _add_model(look, what)
    use = command("use", "Use a model from now on.")
    _add_model(use, what)
    _add_consent(use)
    fetch = command("download", "Fetch a model and keep it; on from where that broke off.")
    _add_model(fetch, "a Hugging Face id")
    _add_anyway(fetch, "fetch it")
    runtime = command("runtime", "Show, choose or measure what computes the models on a CPU.")
    runtime.add_argument(
        "name",
        nargs="?",
        metavar="RUNTIME",
        help="auto, torch-fp32, torch-bf16, torch-int8 or onnx-int8; naming one means the CPU",
    )
    runtime.add_argument(
        "--measure", action="store_true", help="try them all on the models; auto keeps the best"
    )
    activate = command("activate", "Use a trained version; bundled, or former to go back.")
    activate.add_argument("name", metavar="VERSION")
    command(
        "versions",
        "List the trained versions with what they were measured at, and unfinished ones.",
    )
    export = command("export", "Write a trained version as a zip archive.")
    export.add_argument("name", metavar="VERSION")
    export.add_argument("path", type=given, metavar="OUT")
    importing = command("import", "Add a trained version that was exported.")
    importing.add_argument("path", type=given, metavar="IN")
    importing.add_argument("--name", default="", metavar="NAME", help="default: its own")
    remove = command(
        "remove",
        "Delete a trained version, an unfinished training, or what was downloaded of a model.",
    )
    remove.add_argument("name", metavar="MODEL")


def _add_model(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("name", type=given, metavar="MODEL", help=what)
    parser.add_argument(
        "--role",
        choices=["encoder", "cross-encoder"],
        help="which stage it is for (default: what the catalogue or the download says)",
    )


def _add_consent(
    parser: argparse.ArgumentParser, *, default: bool | str = argparse.SUPPRESS
) -> None:
    """Both options; by default what was given before the command stands."""
    parser.add_argument(
        "--download",
        "--allow-download",
        dest="allow_download",
        action="store_true",
        default=default,
        help="fetch it from huggingface.co if it is not on this machine",
    )
    _add_anyway(parser, "try it", default=default)


def _add_anyway(
    parser: argparse.ArgumentParser, what: str, *, default: bool | str = argparse.SUPPRESS
) -> None:
    parser.add_argument(
        "--anyway",
        action="store_true",
        default=default,
        help=f"{what} even if it seems not to fit into memory",
    )
