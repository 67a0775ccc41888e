"""Writes the development evaluation sets, in BEIR layout, from a folder of published data files.

    python -m tests.benchmarks.build_sets DATA OUT

DATA has the folders `humaneval_x`, `cosqa`, `conala` and `avatar_g4g` with the files that their
repositories publish. OUT gets one folder per set. The sets are for measuring only: nothing here
may be trained on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LANGUAGES = ("cpp", "go", "java", "js", "rust")


@dataclass
class Set:
    """A set in the making."""

    documents: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    qrels: list[tuple[str, str]] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        write_jsonl(
            folder / "corpus.jsonl",
            ({"_id": key, "title": "", "text": text} for key, text in self.documents.items()),
        )
        write_jsonl(
            folder / "queries.jsonl",
            ({"_id": key, "text": text} for key, text in self.queries.items()),
        )
        lines = ["query-id\tcorpus-id\tscore", *(f"{q}\t{d}\t1" for q, d in self.qrels)]
        (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# --- HumanEval-X -------------------------------------------------------------------------------


def humaneval_rows(data: Path, language: str) -> list[dict[str, str]]:
    path = data / "humaneval_x" / f"humanevalx_{language}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def humaneval_code(row: Mapping[str, str]) -> str:
    """The solution without its docstring and tests."""
    return row["declaration"].rstrip() + "\n" + row["canonical_solution"].strip("\n") + "\n"


def entry_point(python_row: Mapping[str, str]) -> str:
    """The function that the task asks for (helpers come before it)."""
    return re.findall(r"^def (\w+)", python_row["declaration"], flags=re.MULTILINE)[-1]


def hide_name(code: str, name: str) -> str:
    """`name` in any spelling (snake_case, camelCase, PascalCase) becomes `f`."""
    plain = name.replace("_", "").lower()
    return re.sub(
        r"[A-Za-z_]\w*",
        lambda word: "f" if word[0].replace("_", "").lower() == plain else word[0],
        code,
    )


def humaneval_cross_language(data: Path, hidden: bool = False) -> Set:
    """Python solution → the solutions in the five other languages."""
    result = Set()
    python = humaneval_rows(data, "python")
    names = [entry_point(row) for row in python]
    for number, row in enumerate(python):
        code = humaneval_code(row)
        result.queries[f"python-{number}"] = hide_name(code, names[number]) if hidden else code
    for language in LANGUAGES:
        for number, row in enumerate(humaneval_rows(data, language)):
            code = humaneval_code(row)
            key = f"{language}-{number}"
            result.documents[key] = hide_name(code, names[number]) if hidden else code
            result.qrels.append((f"python-{number}", key))
    return result


def humaneval_cross_language_hidden(data: Path) -> Set:
    """The same with the name of the function hidden on both sides."""
    return humaneval_cross_language(data, hidden=True)


def humaneval_words(data: Path) -> Set:
    """The task in words → its solutions in all six languages."""
    result = Set()
    for number, row in enumerate(humaneval_rows(data, "python")):
        result.queries[f"words-{number}"] = prose(row["text"])
    for language in ("python", *LANGUAGES):
        for number, row in enumerate(humaneval_rows(data, language)):
            key = f"{language}-{number}"
            result.documents[key] = humaneval_code(row)
            result.qrels.append((f"words-{number}", key))
    return result


EXAMPLES = re.compile(r"\s*(>>>|(for )?examples?\b|e\.g\.|input:)", flags=re.IGNORECASE)
CALL = re.compile(r"\s*\w+\(.*\)\s*(=|→|->|➞|returns)", flags=re.IGNORECASE)


def prose(text: str) -> str:
    """A docstring up to its examples, without lines that show a call, on one line."""
    kept: list[str] = []
    for line in text.strip().splitlines():
        if EXAMPLES.match(line) and kept:
            break
        if not CALL.match(line):
            kept.append(line.strip())
    return " ".join(" ".join(kept).split())


# --- CoSQA -------------------------------------------------------------------------------------


def cosqa_dev(data: Path) -> Set:
    """500 web queries → one Python function each, among 6,267."""
    codes = json.loads((data / "cosqa" / "code_idx_map.txt").read_text(encoding="utf-8"))
    rows = json.loads((data / "cosqa" / "cosqa-retrieval-dev-500.json").read_text("utf-8"))
    result = Set(documents={f"code-{index}": code for code, index in codes.items()})
    for row in rows:
        result.queries[row["idx"]] = row["doc"]
        result.qrels.append((row["idx"], f"code-{row['retrieval_idx']}"))
    return result


# --- CoNaLa ------------------------------------------------------------------------------------


def conala_test(data: Path) -> Set:
    """The title of a question → every snippet that answers it."""
    rows = json.loads((data / "conala" / "examples.annotated.test.json").read_text("utf-8"))
    result = Set()
    by_snippet: dict[str, str] = {}
    for row in rows:
        snippet = row["snippet"].strip()
        key = by_snippet.setdefault(snippet, f"snippet-{len(by_snippet)}")
        result.documents[key] = snippet
        query = f"question-{row['question_id']}"
        result.queries[query] = row["intent"].strip()
        if (query, key) not in result.qrels:
            result.qrels.append((query, key))
    return result


# --- AVATAR (GeeksforGeeks functions) ----------------------------------------------------------


def avatar_test(data: Path) -> Set:
    """A Java function → the Python functions that solve the same problem."""
    result = Set()
    path = data / "avatar_g4g" / "g4g_functions__test.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        result.queries[row["id"]] = row["java"][0]
        for number, code in enumerate(row["python"]):
            key = f"{row['id']}-{number}"
            result.documents[key] = python_from_tokens(code)
            result.qrels.append((row["id"], key))
    return result


def python_from_tokens(tokens: str) -> str:
    """Python source from its tokens, where NEW_LINE, INDENT and DEDENT stand for the layout."""
    lines: list[str] = []
    words: list[str] = []
    depth = 0
    for token in [*tokens.split(" "), "NEW_LINE"]:
        if token == "NEW_LINE":
            lines.append("    " * depth + " ".join(words))
            words = []
        elif token == "INDENT":
            depth += 1
        elif token == "DEDENT":
            depth -= 1
        else:
            words.append(token)
    return "\n".join(line for line in lines if line.strip()) + "\n"


SETS: Mapping[str, Callable[[Path], Set]] = {
    "humaneval_x": humaneval_cross_language,
    "humaneval_x-hidden": humaneval_cross_language_hidden,
    "humaneval_x-words": humaneval_words,
    "cosqa-dev": cosqa_dev,
    "conala-test": conala_test,
    "avatar-test": avatar_test,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the evaluation sets in BEIR layout.")
    parser.add_argument("data", type=Path, help="the folder with the published data files")
    parser.add_argument("out", type=Path, help="the folder that gets one folder per set")
    arguments = parser.parse_args()
    for name, build in SETS.items():
        built = build(arguments.data)
        built.write(arguments.out / name)
        print(
            f"{name}: {len(built.queries)} queries, {len(built.documents)} documents, "
            f"{len(built.qrels)} judgements"
        )


if __name__ == "__main__":
    main()
