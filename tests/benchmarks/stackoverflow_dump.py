"""How fast a large data dump of Stack Overflow streams, and in how much memory.

    python -m tests.benchmarks.stackoverflow_dump [--gb 2]

A `Posts.xml` of that size is made of invented posts in a temporary folder, read, and removed. One
question in fifty has the tag asked for, and one accepted answer in ten stands before its question.
The file is read twice, so the rate is that of the bytes read. Peak memory is that of the process
that reads; the dump is written by another.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from xml.sax.saxutils import quoteattr

from engine.job import run_to_end
from engine.learning.pairs.mine import mine

TAGGED = 50
WORDS = ["tensor", "loss", "batch", "model", "layer", "shape", "index", "column", "frame", "queue"]
CODE = "for {0} in range(len({1})):\n    # collect the {0} of each {1}\n    {0}s.append({1}[{0}])\n"


def write_dump(path: Path, size: int) -> None:
    """Write posts until the file has `size` bytes."""
    rng = random.Random(0)
    written, thread = 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<posts>\n')
        while written < size:
            rows = [_question(rng, thread), _answer(rng, thread)]
            if thread % 10 == 0:
                rows.reverse()
            for row in rows:
                written += file.write(row)
            thread += 1
        file.write("</posts>\n")


def _question(rng: random.Random, thread: int) -> str:
    tag = "pytorch" if thread % TAGGED == 0 else "java"
    title = f"How do I {rng.choice(WORDS)} a {rng.choice(WORDS)} by its {rng.choice(WORDS)}?"
    body = f"<p>{' '.join(rng.choices(WORDS, k=120))}</p>"
    return (
        f'  <row Id="{2 * thread + 1}" PostTypeId="1" AcceptedAnswerId="{2 * thread + 2}" '
        f"Title={quoteattr(title)} Tags={quoteattr(f'<{tag}><arrays>')} Body={quoteattr(body)} />\n"
    )


def _answer(rng: random.Random, thread: int) -> str:
    code = CODE.format(*rng.sample(WORDS, 2))
    words = " ".join(rng.choices(WORDS, k=80))
    body = f"<p>{words}</p>\n<pre><code>{code}</code></pre>"
    return (
        f'  <row Id="{2 * thread + 2}" PostTypeId="2" ParentId="{2 * thread + 1}" '
        f"Body={quoteattr(body)} />\n"
    )


def main() -> None:
    """Make the dump, read it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, default=2.0)
    size = int(parser.parse_args().gb * 1e9)
    with tempfile.TemporaryDirectory(prefix="counterpart-dump-") as folder:
        if shutil.disk_usage(folder).free < 1.2 * size:
            sys.exit(f"{folder} has no room for {size / 1e9:.1f} GB")
        dump = Path(folder, "Posts.xml")
        writer = multiprocessing.get_context("spawn").Process(target=write_dump, args=(dump, size))
        writer.start()
        writer.join()
        real = dump.stat().st_size
        before = _peak_mb()
        start = time.perf_counter()
        report = run_to_end(mine([str(dump)], Path(folder, "pairs.jsonl"), tags=["pytorch"]))
        seconds = time.perf_counter() - start
    print(f"{platform.platform()}, Python {platform.python_version()}")
    print(f"{'dump':28} {real / 1e9:8.2f} GB")
    print(f"{'pairs':28} {report.pairs:8,}")
    print(f"{'seconds':28} {seconds:8.1f}")
    print(f"{'MB read a second':28} {2 * real / 1e6 / seconds:8.1f}")
    print(f"{'peak memory before reading':28} {before:8.1f} MB")
    print(f"{'peak memory':28} {_peak_mb():8.1f} MB")


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
