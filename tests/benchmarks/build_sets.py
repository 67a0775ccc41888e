"""Writes the development evaluation sets, in BEIR layout, from a folder of published data files.

    python -m tests.benchmarks.build_sets DATA OUT [--twins groups.test.jsonl]

DATA has the folders `humaneval_x`, `cosqa`, `webquery`, `conala` and `avatar_g4g` with the files
that their repositories publish; the groups of `--twins` are the test split that `counterpart pairs
recipe` writes. OUT gets one folder per set, those of the sample corpus below OUT/sample. The sets
are for measuring: nothing here may be trained on, and weights are fitted on those without a file
`measure-only`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, String, _TokenType

from engine.learning.renaming import hide_function_name, rename_identifiers
from resources.sample import build_beir
from tests.benchmarks.beir_folder import Set
from tests.benchmarks.twin_sets import twin_sets

LANGUAGES = ("cpp", "go", "java", "js", "rust")


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


def without_comments(code: str, language: str) -> str:
    """The code without its comments and docstrings (preprocessor lines stay)."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    tokens = list(lexer.get_tokens(code))
    kept = "".join(text for kind, text in tokens if not is_comment(kind))
    if kept == code:
        return code
    return "".join(line for line in kept.splitlines(keepends=True) if line.strip())


def is_comment(kind: _TokenType) -> bool:
    """Whether a token is there for the reader only (`#include` is not)."""
    preprocessor = kind in Comment.Preproc or kind in Comment.PreprocFile
    return kind in String.Doc or (kind in Comment and not preprocessor)


def humaneval_cross_language(data: Path, hidden: bool = False) -> Set:
    """Python solution → the solutions in the five other languages.

    `hidden` leaves out comments, and the name of the function on both sides.
    """

    def shown(code: str, number: int, language: str) -> str:
        return hide_name(without_comments(code, language), names[number]) if hidden else code

    result = Set()
    python = humaneval_rows(data, "python")
    names = [entry_point(row) for row in python]
    for number, row in enumerate(python):
        result.queries[f"python-{number}"] = shown(humaneval_code(row), number, "python")
    for language in LANGUAGES:
        for number, row in enumerate(humaneval_rows(data, language)):
            key = f"{language}-{number}"
            result.documents[key] = shown(humaneval_code(row), number, language)
            result.qrels.append((f"python-{number}", key))
    return result


def humaneval_mixed(data: Path, hidden: bool = False) -> Set:
    """A solution in any of six languages → those in the five others, all six in the corpus.

    What is written in the query's own language surrounds it, as in a repository of several.
    """
    languages = ("python", *LANGUAGES)
    rows = {language: humaneval_rows(data, language) for language in languages}
    result = Set()
    for number, row in enumerate(rows["python"]):
        asked_in = languages[number % len(languages)]
        for language in languages:
            code = humaneval_code(rows[language][number])
            if hidden:
                code = hide_name(without_comments(code, language), entry_point(row))
            key = f"{language}-{number}"
            result.documents[key] = code
            if language == asked_in:
                result.queries[f"query-{number}"] = code
                result.excluded.append((f"query-{number}", key))
            else:
                result.qrels.append((f"query-{number}", key))
    return result


def renamed(data: Path) -> Set:
    """Most of a Python function under other names → the function, among code in six languages.

    The guard of the others: the answer is in the query's own language.
    """
    result = Set(documents=dict(humaneval_words(data).documents))
    rng = random.Random(5)
    for number, (key, code) in enumerate(avatar_test(data, "java").documents.items()):
        result.documents[key] = code
        if number < 250:
            lines = hide_function_name(rename_identifiers(code, rng)).splitlines()
            result.queries[f"part-{key}"] = "\n".join(lines[: max(5, round(0.6 * len(lines)))])
            result.qrels.append((f"part-{key}", key))
    return result


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


def cosqa(data: Path, split: str, measure_only: bool) -> Set:
    """500 web queries → one Python function each, among 6,267."""
    codes = json.loads((data / "cosqa" / "code_idx_map.txt").read_text(encoding="utf-8"))
    rows = json.loads((data / "cosqa" / f"cosqa-retrieval-{split}-500.json").read_text("utf-8"))
    documents = {f"code-{index}": code for code, index in codes.items()}
    result = Set(documents=documents, measure_only=measure_only)
    for row in rows:
        result.queries[row["idx"]] = row["doc"]
        result.qrels.append((row["idx"], f"code-{row['retrieval_idx']}"))
    return result


# --- WebQueryTest ------------------------------------------------------------------------------


def webquery(data: Path) -> Set:
    """The web queries that some function answers → those functions, among all that are labelled.

    For measuring only: a third of the pairs are among what the bundled cross-encoder learnt.
    """
    path = data / "webquery" / "test_webquery_labelled.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    codes = {
        code: f"code-{number}"
        for number, code in enumerate(dict.fromkeys(row["code"] for row in rows))
    }
    documents = {key: code for code, key in codes.items()}
    result = Set(documents=documents, measure_only=True)
    numbers: dict[str, str] = {}
    for row in rows:
        if int(row["label"]):
            query = numbers.setdefault(row["doc"], f"query-{len(numbers)}")
            result.queries[query] = row["doc"]
            if (query, codes[row["code"]]) not in result.qrels:
                result.qrels.append((query, codes[row["code"]]))
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


def avatar_test(data: Path, ask_in: str) -> Set:
    """Functions in Java → the Python ones that solve the same problem, or the other way round."""
    path = data / "avatar_g4g" / "g4g_functions__test.jsonl"
    result = Set()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sides = {
            "java": row["java"],
            "python": [python_from_tokens(code) for code in row["python"]],
        }
        asked = sides.pop(ask_in)
        (answers,) = sides.values()
        result.queries[row["id"]] = asked[0]
        for number, code in enumerate(answers):
            key = f"{row['id']}-{number}"
            result.documents[key] = code
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
    "humaneval_x-hidden": partial(humaneval_cross_language, hidden=True),
    "humaneval_x-mixed": humaneval_mixed,
    "humaneval_x-mixed-hidden": partial(humaneval_mixed, hidden=True),
    "humaneval_x-words": humaneval_words,
    "cosqa-dev": partial(cosqa, split="dev", measure_only=False),
    "cosqa-test": partial(cosqa, split="test", measure_only=True),
    "webquery": webquery,
    "conala-test": conala_test,
    "avatar-java-python": partial(avatar_test, ask_in="java"),
    "avatar-python-java": partial(avatar_test, ask_in="python"),
    "renamed": renamed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the evaluation sets in BEIR layout.")
    parser.add_argument("data", type=Path, help="the folder with the published data files")
    parser.add_argument("out", type=Path, help="the folder that gets one folder per set")
    parser.add_argument("--twins", type=Path, help="groups of twins that were held out")
    arguments = parser.parse_args()
    built = {name: build(arguments.data) for name, build in SETS.items()}
    if arguments.twins is not None:
        built |= twin_sets(arguments.twins)
    for name, found in built.items():
        found.write(arguments.out / name)
        print(
            f"{name}: {len(found.queries)} queries, {len(found.documents)} documents, "
            f"{len(found.qrels)} judgements"
        )
    for name, queries in build_beir.build(arguments.out / "sample").items():
        print(f"sample/{name}: {queries} queries")


if __name__ == "__main__":
    main()
