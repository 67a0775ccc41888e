"""What the window knows of the engine: its corpora, its models, and the long work under way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from engine.types_corpora import CorpusInfo, CorpusSpec, DatasetRequest, Fetching, IndexReport
from engine.types_models import ModelInfo, ModelState
from gui.engine_thread import EngineThread, Event, TaskState
from gui.following import Following

SAMPLE = "sample"


class Session(QObject):
    """Starts what has to be started, and keeps the lists that several pages show.

    The order at the start: the sample corpus is made searchable, then the models load, then the
    vectors that are missing are filled in, and corpora are followed. Searching works all along.
    """

    corpora_changed = Signal(object)  # tuple[CorpusInfo, ...]
    models_changed = Signal(object)  # tuple[ModelInfo, ...]
    models_ready = Signal()
    searchable = Signal(str)  # a corpus has just become searchable, or changed
    indexed = Signal(object)  # IndexReport

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.corpora: tuple[CorpusInfo, ...] = ()
        self.models: tuple[ModelInfo, ...] = ()
        self.changing = False  # vectors of another encoder are being computed
        self._asked = self._since = 0  # the last call for the corpora; the first that counts those
        self._held: set[str] = set()  # corpora whose vectors the user has stopped
        self._lexical_only: set[str] = set()
        # Encoders whose scale of closeness was asked for, and the corpus whose vectors wait for it.
        self._measured: dict[str, str] = {}
        self._choosing: dict[str, tuple[str, bool]] = {}  # by role: the model that is being loaded
        self._wanted: dict[str, tuple[str, bool]] = {}  # and what was chosen meanwhile
        self._handlers: dict[str, Callable[[Event], None]] = {
            "corpora": self._on_corpora,
            "prepare": self._on_prepared,
            "load_models": self._on_models,
            "choose_model": self._on_chosen,
            "activate_version": self._on_models,
            "activate_former": self._on_models,
            "index": self._on_indexed,
            "embed": self._on_embedded,
            "remove_corpus": self._on_changed,
            "import_dataset": self._on_imported,
            "follow_corpora": self._on_changed,
            "set_watch": self._on_changed,
        }
        self.following = Following(engine, self)
        self.following.followed.connect(self._on_followed)
        self.following.trouble.connect(self.refresh)
        engine.event.connect(self._on_event)

    def begin(self, corpus: str | None = None) -> None:
        """Start the sequence; `corpus` is prepared first if it is not the sample."""
        for name in dict.fromkeys(filter(None, (corpus, SAMPLE))):
            self.engine.start_job("prepare", name, key=f"prepare:{name}")
        self.refresh()

    def refresh(self) -> None:
        """Ask for the list of corpora."""
        self._asked = self.engine.call("corpora", replaces=True)

    def index(self, spec: CorpusSpec, fetching: Fetching) -> int:
        """Index a new corpus, or a known one again. Returns the job's id."""
        self._held.discard(spec.name)
        if spec.lexical_only:
            self._lexical_only.add(spec.name)
        else:
            self._lexical_only.discard(spec.name)
        return self.engine.start_job("index", spec, fetching, key=f"index:{spec.name}")

    def reindex(self, info: CorpusInfo) -> int:
        """Bring a corpus up to date with its sources; its clones too, as that was agreed to."""
        return self.index(info.spec, Fetching(clone=True, refresh=True))

    def set_watch(self, name: str, watch: bool) -> None:
        """Follow a corpus's files, or pause that."""
        self.engine.call("set_watch", name, watch, key=f"watch:{name}", durable=True)

    def ask_skipped(self, name: str) -> None:
        """Ask which files of a corpus are left out."""
        self.engine.call("skipped_files", name, key=f"skipped:{name}", replaces=True)

    def embed(self, name: str) -> None:
        """Fill in missing vectors, also where the user had stopped that."""
        self._held.discard(name)
        self.engine.start_job("embed", name, key=f"embed:{name}")

    def list_models(self) -> None:
        """Ask which models there are."""
        self.engine.start_job("list_models", key="list_models")

    def plan_model(self, role: str, name: str, *, ask: bool) -> int:
        """Ask what a model would take; the hub is asked only with `ask`. Returns the job's id."""
        key = f"plan_model:{role}:{name}"
        self.engine.drop(key)
        return self.engine.start_job("plan_model", role, name, ask, key=key)

    def download_model(self, role: str, name: str) -> int:
        """Fetch a model, on from where that broke off. Returns the job's id."""
        key = f"download_model:{role}:{name}"
        return self.engine.start_job("download_model", role, name, key=key)

    def remove_model(self, name: str) -> None:
        """Delete what was downloaded of a model."""
        self.engine.call("remove_model", name, key=f"remove_model:{name}", durable=True)

    def choose_model(self, role: str, name: str, *, anyway: bool = False) -> None:
        """Use another model for one stage; its vectors are filled in after it has loaded."""
        if self._choosing.get(role, (name, anyway)) != (name, anyway):
            self._wanted[role] = (name, anyway)  # when the one under way has loaded
            return
        self._wanted.pop(role, None)
        self._choosing[role] = (name, anyway)
        self.engine.start_job("choose_model", role, name, anyway, key=f"choose_model:{role}")

    def remove(self, name: str) -> None:
        """Remove a corpus's index; its files and its judgements stay."""
        self.engine.drop(f"embed:{name}")
        self.engine.call("remove_corpus", name, key=f"remove:{name}", durable=True)

    def preview_dataset(self, request: DatasetRequest) -> int:
        """Look into a data set; whatever was being looked into is let go. Returns the job's id."""
        self.engine.drop("preview_dataset")
        return self.engine.start_job("preview_dataset", request, key="preview_dataset")

    def import_dataset(self, request: DatasetRequest) -> int:
        """Import a data set as a corpus; vectors fill in behind it. Returns the job's id."""
        key = f"import_dataset:{request.name}"
        return self.engine.start_job("import_dataset", request, key=key)

    def corpus(self, name: str) -> CorpusInfo | None:
        """What is known of a corpus."""
        return next((info for info in self.corpora if info.name == name), None)

    @property
    def encoder_ready(self) -> bool:
        """Whether vectors can be computed."""
        return any(m.role == "encoder" and m.state is ModelState.READY for m in self.models)

    def _encoder_name(self) -> str:
        return next((info.name for info in self.models if info.role == "encoder"), "")

    @Slot(object)
    def _on_event(self, event: Event) -> None:
        handler = self._handlers.get(event.method)
        if handler is not None and event.final:
            handler(event)

    def _on_corpora(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            self.corpora = tuple(event.value)
            counted = [info for info in self.corpora if not info.lexical_only]
            is_new = event.id >= self._since  # an older answer has counted the former's vectors
            if (
                is_new
                and self.encoder_ready
                and all(info.vectors >= info.chunks for info in counted)
            ):
                self.changing = False
            self.corpora_changed.emit(self.corpora)
            self.following.set_active(any(info.watch and info.watchable for info in self.corpora))
            self._fill_in_vectors()

    def _on_prepared(self, event: Event) -> None:
        name = event.key.partition(":")[2]
        if event.state is TaskState.DONE:
            self.searchable.emit(name)
            self.refresh()
        if name == SAMPLE:  # also when it failed: the user's own corpora need all this too
            self.engine.start_job("load_models", key="load_models")
            self.engine.call("follow_corpora")

    def _on_chosen(self, event: Event) -> None:
        role = event.key.partition(":")[2]
        self._choosing.pop(role, None)
        self._on_models(event)
        if role in self._wanted:
            name, anyway = self._wanted.pop(role)
            self.choose_model(role, name, anyway=anyway)

    def _on_models(self, event: Event) -> None:
        if event.state is TaskState.DONE:
            before, self.models = self._encoder_name(), tuple(event.value)
            if event.method != "load_models":
                self.changing = self.changing or before != self._encoder_name()
                self._held.clear()
                self._measured.clear()
            self.refresh()  # their vectors are counted for the encoder in use
            self._since = self._asked
            self.models_changed.emit(self.models)
            if self.encoder_ready:
                self.models_ready.emit()
            self._fill_in_vectors()

    def _on_indexed(self, event: Event) -> None:
        self.refresh()  # after a cancel too: what was done is kept
        if event.state is TaskState.DONE:
            report: IndexReport = event.value
            self.indexed.emit(report)
            self.searchable.emit(report.name)

    def _on_imported(self, event: Event) -> None:
        self.refresh()
        if event.state is TaskState.DONE:
            self.searchable.emit(event.value.name)

    def _on_embedded(self, event: Event) -> None:
        name = event.key.partition(":")[2]
        complete = event.state is TaskState.DONE and event.value.vectors >= event.value.chunks
        if complete:
            changed = {name}
            for mark in [mark for mark, corpus in self._measured.items() if corpus == name]:
                self._measured[mark] = ""  # once
                changed |= {info.name for info in self.corpora}  # they weigh closeness anew
            for each in sorted(changed):
                self.searchable.emit(each)
        else:
            self._held.add(name)  # the user's wish, or trouble: not to be repeated without end
        self.refresh()

    def _on_changed(self, event: Event) -> None:
        self.refresh()

    @Slot(object)
    def _on_followed(self, report: IndexReport) -> None:
        self.refresh()
        self.searchable.emit(report.name)

    def _fill_in_vectors(self) -> None:
        if not self.encoder_ready:
            return
        encoder = next(info for info in self.models if info.role == "encoder")
        measured = encoder.measured or encoder.fingerprint in self._measured
        for info in self.corpora:
            without = info.lexical_only or info.name in self._lexical_only
            wanted = not (without or info.problem)
            missing = info.vectors < info.chunks or not measured  # which the same job does first
            if wanted and missing and info.name not in self._held:
                if not measured:
                    self._measured[encoder.fingerprint], measured = info.name, True
                self.engine.start_job("embed", info.name, key=f"embed:{info.name}")
