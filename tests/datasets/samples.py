"""Small data sets in the layouts in which they are published."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from tests.evaluation.sets import write_lines, write_set

Row = Mapping[str, Any]

DOCUMENTS = {
    "d1": "def read_rows(path):\n    return list(csv.reader(open(path)))\n",
    "d2": "def mean(values):\n    return sum(values) / len(values)\n",
    "d3": "def flatten(lists):\n    return [x for part in lists for x in part]\n",
    "d4": "def softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum()\n",
}
QUERIES = {
    "q1": "read the rows of a csv file",
    "q2": "the mean of some values",
    "q3": "one list out of many lists",
}
QRELS = [("q1", "d1", 1), ("q2", "d2", 2), ("q2", "d4", 0), ("q3", "d3", 1)]


def beir(folder: Path) -> Path:
    return write_set(folder, DOCUMENTS, QUERIES, QRELS, excluded=[("q1", "d2")])


def write_jsonl(path: Path, rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lines(path, [json.dumps(row) for row in rows])
    return path


def write_gz(path: Path, rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(arrow.Table.from_pylist([dict(row) for row in rows]), path)
    return path


def corpus_rows() -> list[Row]:
    return [{"_id": key, "title": "", "text": text} for key, text in DOCUMENTS.items()]


def query_rows() -> list[Row]:
    return [{"_id": key, "text": text} for key, text in QUERIES.items()]


def qrel_rows(dash: str = "-") -> list[Row]:
    return [
        {f"query{dash}id": query, f"corpus{dash}id": document, "score": grade}
        for query, document, grade in QRELS
    ]


def candidate_rows(order: Sequence[str] = ("d2", "d1", "d3")) -> list[Row]:
    return [{"query-id": query, "corpus-ids": list(order)} for query in QUERIES]


def coir_pair(folder: Path) -> Path:
    """CoIR's two repositories beside each other: configs as splits, underscores in the qrels."""
    one, other = folder / "toy-queries-corpus", folder / "toy-qrels"
    extra = {"partition": "test", "language": "python", "meta_information": {"resource": ""}}
    part = "00000-of-00001-6ab5c5eda798a0f9"
    write_parquet(
        one / "data" / f"corpus-{part}.parquet", [{**row, **extra} for row in corpus_rows()]
    )
    more = [*query_rows(), {"_id": "q-train", "text": "of another split"}]
    write_parquet(one / "data" / f"queries-{part}.parquet", [{**row, **extra} for row in more])
    rows = qrel_rows("_")
    write_parquet(other / "data" / "test-00000-of-00001-12ab.parquet", rows)
    train = [{"query_id": "q-train", "corpus_id": "d1", "score": 1}]
    write_parquet(other / "data" / "train-00000-of-00001-12ab.parquet", train)
    return folder


def mteb(folder: Path) -> Path:
    """Configs as folders, the qrels in the default config as well."""
    write_parquet(folder / "corpus" / "test-00000-of-00001.parquet", corpus_rows())
    write_parquet(folder / "queries" / "test-00000-of-00001.parquet", query_rows())
    for config in ("qrels", "data"):
        write_parquet(folder / config / "test-00000-of-00001.parquet", qrel_rows())
    return folder


def nano(folder: Path) -> Path:
    """Two tasks as splits, with the candidates of three rankers."""
    for task, wanted in (("NanoToy", QUERIES), ("NanoOther", {"q1": ""})):
        part = f"{task}-00000-of-00001.parquet"
        write_parquet(folder / "corpus" / part, corpus_rows())
        write_parquet(folder / "queries" / part, [r for r in query_rows() if r["_id"] in wanted])
        rows = [{k: v for k, v in r.items() if k != "score"} for r in qrel_rows() if r["score"]]
        write_parquet(folder / "qrels" / part, [r for r in rows if r["query-id"] in wanted])
        for ranker in ("bm25", "harrier_oss_v1_270m", "reranking_hybrid"):
            write_parquet(folder / ranker / part, candidate_rows())
    (folder / "metadata").mkdir()
    write_json(folder / "metadata" / "NanoToy.json", {"split": "NanoToy"})
    (folder / "README.md").write_text("---\nconfigs: []\n---\n", encoding="utf-8")
    return folder


def converted(folder: Path) -> Path:
    """As the hub converts a data set: config, split, numbered parts."""
    write_parquet(folder / "corpus" / "corpus" / "0000.parquet", corpus_rows()[:2])
    write_parquet(folder / "corpus" / "corpus" / "0001.parquet", corpus_rows()[2:])
    write_parquet(folder / "queries" / "queries" / "0000.parquet", query_rows())
    write_parquet(folder / "default" / "test" / "0000.parquet", qrel_rows())
    return folder


def hub_jsonl(folder: Path) -> Path:
    write_jsonl(folder / "corpus.jsonl", corpus_rows())
    write_jsonl(folder / "queries.jsonl", query_rows())
    write_jsonl(folder / "qrels" / "test.jsonl", qrel_rows())
    return folder


def function_row(name: str, doc: str, number: int, language: str = "python") -> Row:
    code = f'def {name}(values):\n    """{doc}\n\n    At length.\n    """\n    return values\n'
    return {
        "repo": "an/other",
        "path": "a.py",
        "func_name": name,
        "original_string": code,
        "code": code,
        "language": language,
        "code_tokens": [],
        "docstring": f"{doc}\n\nAt length." if doc else "",
        "docstring_tokens": [],
        "sha": "0" * 40,
        "url": f"https://github.com/an/other/blob/{'0' * 40}/a.py#L{number}-L{number + 6}",
        "partition": "test",
    }


def codesearchnet(folder: Path) -> Path:
    rows = [
        function_row("one", "Do the first thing.", 1),
        function_row("two", "Do the second thing.", 20),
        function_row("bare", "", 40),
    ]
    write_gz(folder / "python" / "final" / "jsonl" / "test" / "python_test_0.jsonl.gz", rows)
    train = [function_row("three", "Do the third thing.", 60)]
    write_gz(folder / "python" / "final" / "jsonl" / "train" / "python_train_0.jsonl.gz", train)
    return folder


def challenge(folder: Path) -> Path:
    rows = [function_row("one", "First.", 1), function_row("two", "Second.", 20)]
    write_gz(folder / "python_test_0.jsonl.gz", rows)
    urls = [row["url"] for row in rows]
    annotations = [
        ("Python", "convert int to string", urls[0], 3, ""),
        ("Python", "Convert int to string", urls[0], 2, "another judge, another spelling"),
        ("Python", "convert int to string", urls[1], 0, ""),
        ("Python", "priority queue", urls[1], 1, ""),
        ("Go", "priority queue", "https://github.com/an/other/blob/0/a.go#L1-L2", 3, ""),
    ]
    names = ("Language", "Query", "GitHubUrl", "Relevance", "Notes")
    write_csv(
        folder / "annotationStore.csv", [dict(zip(names, row, strict=True)) for row in annotations]
    )
    return folder


def advtest(folder: Path) -> Path:
    names = ("Func", "Func")
    rows = []
    for number, name in enumerate(names):
        row = function_row(name, f"Do thing {number}.", number * 20)
        rows.append({k: v for k, v in row.items() if k not in ("partition", "func_name", "code")})
        rows[-1] |= {"function": row["code"], "idx": 261424 + number}
    write_jsonl(folder / "test.jsonl", rows)
    return folder


def cosqa_retrieval(folder: Path) -> Path:
    codes = list(DOCUMENTS.values())
    write_json(folder / "code_idx_map.txt", {code: number for number, code in enumerate(codes)})
    rows = [
        {
            "idx": f"cosqa-{n}",
            "doc": query,
            "code": codes[n],
            "code_tokens": "",
            "docstring_tokens": "",
            "label": 1,
            "retrieval_idx": n,
        }
        for n, query in enumerate(QUERIES.values())
    ]
    return write_json(folder / "cosqa-retrieval-test-500.json", rows)


def webquery(folder: Path) -> Path:
    rows = [
        {"idx": f"webquery-{n}", "doc": query, "code": code, "label": int(n % 2 == 0)}
        for n, (query, code) in enumerate(
            (query, code) for query in QUERIES.values() for code in list(DOCUMENTS.values())[:2]
        )
    ]
    return write_json(folder / "test_webquery_labelled.json", rows)


def humaneval(folder: Path) -> Path:
    for language, keyword in (("python", "def"), ("go", "func"), ("cpp", "int")):
        rows = [
            {
                "task_id": f"{language}/{n}",
                "prompt": f'def task(x):\n    """ Add {n} to x.\n    >>> task(1)\n    """\n',
                "declaration": f"{keyword} task_{n}(x):\n",
                "canonical_solution": f"    return x + {n}\n",
                "test": "assert True",
            }
            for n in range(3)
        ]
        write_gz(folder / f"humanevalx_{language}.jsonl.gz", rows)
    return folder


def translation(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        write_lines(folder / f"{split}.java-cs.txt.java", ["int a() {}", "int b() {}"])
        write_lines(folder / f"{split}.java-cs.txt.cs", ["int A() {}", "int B() {}"])
    return folder
