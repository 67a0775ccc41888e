"""How numbers, times and states read: one wording for the whole window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from engine.types import Progress, SearchResult, SearchStage, Understanding
from engine.types_corpora import ChangeKind, IndexReport
from engine.types_models import ModelInfo, ModelListing, ModelPlace, ModelPlan, ModelState

_STAGES = {
    SearchStage.LEXICAL: "by words first · more on its way…",
    SearchStage.FUSED: "words and meaning · reranking…",
    SearchStage.RERANKING: "reranking…",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `1,760 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(done: int, total: int) -> str:
    """`12,000 of 50,113 (23 %)`, `1 of 2`; never 100 % before the end."""
    if 0 < total < 100:
        return f"{done:,} of {total:,}"
    percent = done * 100 // total if total else 100
    return f"{done:,} of {total:,} ({percent} %)"


def size(number: float) -> str:
    """`512 kB`, `95 MB`, `1.19 GB`."""
    if number >= 1e9:
        return f"{number / 1e9:.2f} GB"
    return f"{number / 1e6:,.0f} MB" if number >= 1e6 else f"{number / 1e3:,.0f} kB"


def duration(seconds: float) -> str:
    """`4 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """`just now`, `5 minutes ago`, `on 3 May 2026`."""
    if when is None:
        return "never"
    now = now or datetime.now(when.tzinfo)
    seconds = (now - when).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{count(int(seconds // 60), 'minute')} ago"
    if seconds < 86_400:
        return f"{count(int(seconds // 3600), 'hour')} ago"
    if seconds < 14 * 86_400:
        return f"{count(int(seconds // 86_400), 'day')} ago"
    return f"on {when.day} {when:%b %Y}"


def progress(news: Progress) -> str:
    """`reading files · 1,203 of 1,760 (68 %) · 320 a second · 2 s left`."""
    parts = [news.stage]
    if news.total and news.unit == "B":
        parts.append(f"{size(news.done)} of {size(news.total)} ({news.done * 100 // news.total} %)")
    elif news.total:
        parts.append(share(news.done, news.total))
    elif news.done:
        parts.append(f"{news.done:,}")
    if news.rate and news.rate >= 1:
        rate = size(news.rate) if news.unit == "B" else f"{news.rate:,.0f}"
        parts.append(f"{rate} a second")
    if news.seconds_left is not None and news.seconds_left >= 1:
        parts.append(f"{duration(news.seconds_left)} left")
    return " · ".join(parts)


def followed(report: IndexReport) -> str:
    """`“repo” took in sub/a.py`, `“repo” took in 12 changed files · 1 removed`."""
    changes = [change for change in report.changes if change.kind is not ChangeKind.REMOVED]
    removed = len(report.changes) - len(changes)
    if len(report.changes) == 1:
        only = report.changes[0]
        said = f"{only.path} is gone" if removed else f"took in {only.path}"
        return f"“{report.name}”: {said}"
    parts = [f"took in {count(len(changes), 'changed file')}" if changes else ""]
    parts.append(f"{count(removed, 'file')} gone" if removed else "")
    return f"“{report.name}”: {' · '.join(part for part in parts if part)}"


def understanding(what: Understanding) -> str:
    """`code · Python · MXNet`."""
    parts = [what.kind.value, what.language or "", *(f.value for f in what.frameworks[:3])]
    return " · ".join(part for part in parts if part)


def result_line(result: SearchResult) -> str:
    """`31 ms · reranking…`."""
    total = result.timings_ms.get("total")
    parts = [f"{total:,.0f} ms" if total is not None else "", _STAGES.get(result.stage, "")]
    return " · ".join(part for part in parts if part)


def timings(result: SearchResult) -> str:
    """One line per stage, for a tool tip."""
    return "\n".join(f"{stage}: {ms:,.1f} ms" for stage, ms in result.timings_ms.items())


def shares(counts: Mapping[str, int], most: int = 4) -> str:
    """`Python 49,870 · C 243`, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{name} {number:,}" for name, number in ordered[:most]]
    if len(ordered) > most:
        shown.append(f"{len(ordered) - most} more")
    return " · ".join(shown)


def models(infos: tuple[ModelInfo, ...]) -> str:
    """`models ready on cpu (bf16)`, or which are missing."""
    if not infos:
        return "models are loading"
    failed = [info.role for info in infos if info.state is ModelState.FAILED]
    ready = [info for info in infos if info.state is ModelState.READY]
    parts = [f"no {role}" for role in failed]
    if ready:
        precision = f" ({ready[0].precision})" if ready[0].precision else ""
        what = "models" if len(ready) > 1 else ready[0].role
        parts.insert(0, f"{what} ready on {ready[0].device or 'cpu'}{precision}")
    return " · ".join(parts) or "models are loading"


def in_use(infos: tuple[ModelInfo, ...]) -> str:
    """`the bundled models`, `“mine”`, `encoder bundled and cross-encoder mine`."""
    names = {_version_or(info.name) for info in infos}
    if names == {"bundled"}:
        return "the bundled models"
    if len(names) == 1:
        return f"“{names.pop()}”"
    return " and ".join(f"{info.role} {_version_or(info.name)}" for info in infos)


def _version_or(name: str) -> str:
    """A version's name, where a model is a version's folder."""
    path = PurePath(name)
    return path.parent.name if path.parent.parent.name == "versions" else name


def model_name(name: str) -> str:
    """A model's name, as a title."""
    return "Bundled with Counterpart" if name == "bundled" else name


def licence(name: str, commercial: bool) -> str:
    """`Apache-2.0`, `CC-BY-NC-4.0: not for commercial use`."""
    if not name:
        return "no licence stated"
    return name if commercial else f"{name}: not for commercial use"


def model_facts(model: ModelListing) -> str:
    """`small · 47 M parameters · Apache-2.0 · takes 159 MB of memory · 95 MB on this machine`."""
    here = size(model.here) if model.here and model.name != "bundled" else ""
    parts = [
        "" if model.group in ("bundled", "own") else model.group,
        f"{model.parameters / 1e6:,.0f} M parameters" if model.parameters else "",
        model.licence,  # whether it is for commercial use says the warning beside the name
        f"reads up to {model.most_tokens:,} tokens" if model.most_tokens else "",
        f"takes about {size(model.memory)} of memory" if model.memory else "",
        f"{size(model.size)} to download" if model.size and not here else "",
        f"{here} on this machine" if here and model.place is ModelPlace.HERE else "",
        f"{here} have come" if here and model.place is ModelPlace.PARTIAL else "",
    ]
    return " · ".join(part for part in parts if part)


def model_warning(model: ModelListing) -> str:
    """What is to be known before choosing a model; empty if nothing."""
    parts = [
        "" if model.commercial else "not for commercial use",
        "" if model.fits else f"does not fit: {size(model.free or 0)} of memory are free",
    ]
    return " · ".join(part for part in parts if part)


def model_question(plan: ModelPlan) -> str:
    """What downloading or using a model would take, as a question needs it."""
    memory = f"It takes about {size(plan.memory)} of memory"
    if not plan.fits:
        memory += f", and only {size(plan.free or 0)} are free on {plan.device}: it may fail"
    if not plan.missing:
        return f"{plan.name} is on this machine. {memory}."
    amount = f"{size(plan.missing)} to download from huggingface.co"
    if plan.missing < plan.size:
        amount = f"{size(plan.missing)} of {size(plan.size)} are still to be downloaded"
    terms = f"Licence: {licence(plan.licence, plan.commercial)}"
    revision = f"revision {plan.revision[:12]}"
    return f"{plan.name}, {revision}: {amount}. {terms}. {memory}."
