"""Write down how close the closest is to the bundled encoder, on the sample corpus.

    python -m engine.evaluation.bundled_closeness --out resources/closeness.json

To be run when there is another bundled encoder, as `engine.evaluation.fit` is; encoders from
elsewhere are put on the scale that stands there (`engine.closeness`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.closeness import WAYS, Scale, measure_bundled
from engine.commands.output import ProgressPrinter
from engine.errors import UserError
from engine.evaluation.fit import check_out, write_out
from engine.evaluation.progress import run_under
from engine.job import JobContext
from engine.models.catalogue import ModelChoice, load_encoder
from engine.paths import Paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    printer = ProgressPrinter()
    try:
        if options.out is not None:
            check_out(options.out)
        paths = Paths.default(options.basedir)
        paths.make()
        encoder = load_encoder(ModelChoice("encoder"))
        ctx = JobContext(on_progress=printer)
        text = record(encoder.fingerprint, run_under(measure_bundled(encoder, paths.cache), ctx))
        if options.out is not None:
            write_out(options.out, text)
    except UserError as error:
        printer.finish()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        printer.finish()
        sys.stderr.write("stopped; what was encoded is kept\n")
        return 130
    printer.finish()
    sys.stdout.write(text)
    return 0


def record(fingerprint: str, found: Scale) -> str:
    """The scale as `engine.closeness.bundled_scale` reads it."""
    values: dict[str, object] = {"encoder": fingerprint, "taken": round(found.taken, 4)}
    for name in WAYS:
        mean, spread = getattr(found, name)
        values[name] = {"mean": round(mean, 4), "spread": round(spread, 4)}
    return json.dumps(values, indent=1) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.bundled_closeness",
        description="How close the closest is to the bundled encoder, on the sample corpus.",
    )
    parser.add_argument("--out", type=Path, help="write it here, too")
    parser.add_argument("--basedir", help="where vectors are kept")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
