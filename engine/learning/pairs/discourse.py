"""Pairs from topics of a Discourse forum, in JSON as its API and exports give them.

A topic's title goes with the code of one of its replies: the accepted one, or in an unsolved topic
the one with the most likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from engine.corpus.walk import FoundFile
from engine.errors import DataError
from engine.learning.pairs.forum import html_blocks, markdown_blocks, python_code
from engine.learning.pairs.layout import Layout
from engine.learning.pairs.reading import Step, read_text
from engine.learning.pairs.record import Kind, Pair, anonymous
from engine.learning.pairs.tokens import torch_likeness
from engine.types_corpora import SkippedFile

MIN_TITLE_CHARACTERS = 10
MAX_BYTES = 200_000_000

_LIKE = 2  # the id of the like among a post's actions

Post = dict[str, Any]


def read_topics(file: FoundFile, tags: Sequence[str]) -> Step:
    """The pairs of a file: one topic, or several as `{"topics": […]}`, a list or JSON lines."""
    path = Path(file.root, file.path)
    try:
        topics = list(_topics(read_text(path, MAX_BYTES)))
    except DataError as error:
        return Step(size=file.size, skipped=SkippedFile(str(path), str(error)))
    wanted = {tag.lower() for tag in tags}
    pairs = [
        pair
        for number, topic in enumerate(topics)
        if not wanted or wanted & _tags(topic)
        for pair in topic_pairs(topic, f"{path.name}/{number}")
    ]
    return Step(tuple(pairs), file.size)


def is_topic(value: Any) -> bool:
    """Whether a value from JSON is a topic with its posts."""
    return isinstance(value, dict) and isinstance(value.get("title"), str) and bool(_posts(value))


def topic_pairs(topic: dict[str, Any], place: str) -> Iterator[Pair]:
    """The title with the code of the accepted or best liked reply; nothing if it has no code.

    `place` stands for the topic if it has no number; it is only ever written as a hash.
    """
    title = " ".join(unescape(topic["title"]).split())
    post = answer(topic)
    if post is None or len(title) < MIN_TITLE_CHARACTERS:
        return
    code = "\n\n".join(python_code(_blocks(post)))
    if code:
        thread = f"{topic.get('slug', '')}/{topic.get('id', place)}"
        yield Pair(
            text=title,
            code=code,
            kind=Kind.DISCOURSE_TITLE,
            reference=anonymous("discourse", thread, "title"),
            group=anonymous("discourse", thread),
            torch_likeness=torch_likeness(Layout(code).without_comments()),
        )


def answer(topic: dict[str, Any]) -> Post | None:
    """The accepted reply of a solved topic; else the reply that most liked, if any did.

    Of equally liked ones the first. The opening post asks and is never the answer, unless a topic
    was solved by it.
    """
    posts = _posts(topic)
    accepted = topic.get("accepted_answer")
    number = accepted.get("post_number") if isinstance(accepted, dict) else None
    for post in posts:
        if post.get("accepted_answer") is True or (number and post.get("post_number") == number):
            return post
    if accepted:  # solved by a post that is not in the file
        return None
    replies = [post for at, post in enumerate(posts, 1) if post.get("post_number", at) != 1]
    best = max(replies, key=likes, default=None)
    return best if best is not None and likes(best) > 0 else None


def likes(post: Post) -> int:
    """How many readers liked a post."""
    count = post.get("like_count")
    if isinstance(count, int):
        return count
    actions = post.get("actions_summary")
    for action in actions if isinstance(actions, list) else []:
        if isinstance(action, dict) and action.get("id") == _LIKE:
            count = action.get("count")
            return count if isinstance(count, int) else 0
    return 0


def _blocks(post: Post) -> list[Any]:
    """The code blocks of a post: of its Markdown if that is there, else of its HTML."""
    raw, cooked = post.get("raw"), post.get("cooked")
    if isinstance(raw, str) and raw:
        return list(markdown_blocks(raw))
    return list(html_blocks(cooked)) if isinstance(cooked, str) else []


def _posts(topic: dict[str, Any]) -> list[Post]:
    stream = topic.get("post_stream")
    posts = stream.get("posts") if isinstance(stream, dict) else topic.get("posts")
    return [post for post in posts if isinstance(post, dict)] if isinstance(posts, list) else []


def _tags(topic: dict[str, Any]) -> set[str]:
    tags = topic.get("tags")
    names = [tag.get("name") if isinstance(tag, dict) else tag for tag in tags or []]
    return {name.lower() for name in names if isinstance(name, str)}


def _topics(text: str) -> Iterator[dict[str, Any]]:
    """The topics in a file. Raises `DataError` if it is not JSON, or holds none."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise DataError("JSON nested too deep") from error
    except ValueError as error:
        values = _json_lines(text, error)
    else:
        inner = value.get("topics") if isinstance(value, dict) and not is_topic(value) else None
        values = inner if isinstance(inner, list) else value if isinstance(value, list) else [value]
    topics = [value for value in values if is_topic(value)]
    if not topics:
        raise DataError("holds no topic with a title and posts")
    yield from topics


def _json_lines(text: str, error: ValueError) -> list[Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        if len(lines) > 1:
            return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        pass
    raise DataError(f"not complete JSON ({error})") from error
