"""A BERT whose body ONNX Runtime computes, with int8 weights. Packages: the extra `onnx`."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.models.batches import Batch
from engine.models.bert import Bert, Reader
from engine.models.device import Device, Library, Precision
from engine.models.folder import BertConfig, fingerprint, read_bert_config, read_weights
from engine.models.keep import keep_file
from engine.models.linear import products_saturate
from engine.models.runtime_graph import quantised_graph

FORM = 1
"""Counts up when the graph changes, so that an older one in the cache is not used."""


def onnx_is_there() -> bool:
    """Whether the packages are installed (nothing is imported)."""
    return all(importlib.util.find_spec(name) is not None for name in ("onnx", "onnxruntime"))


class OnnxBody:
    """Runs a graph of `quantised_graph`. Rows are padded on the way in, unpadded on the way out."""

    def __init__(self, graph: bytes, config: BertConfig) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        # A thread that spins would take a core from the search that runs meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )
        self._pad = config.pad_token_id

    def __call__(self, batch: Batch) -> Tensor:
        """See `engine.models.bert.Body`."""
        shape = (len(batch.rows), batch.longest)
        mask = np.arange(batch.longest) < np.array(batch.lengths)[:, None]
        ids = np.full(shape, self._pad, dtype=np.int32)
        types = np.zeros(shape, dtype=np.int32)
        ids[mask], types[mask] = batch.ids.numpy(), batch.types.numpy()
        inputs = {"ids": ids, "types": types, "mask": mask.astype(np.int32)}
        (states,) = self._session.run(["states"], inputs)
        return torch.from_numpy(states[mask])


def load_onnx_bert(folder: Path, device: Device) -> Bert:
    """Read a model folder, its body as a quantised graph. Raises `ModelError`, `DiskError`."""
    config = read_bert_config(folder)
    plain = Device("cpu", Precision.FP32)
    read = Reader(read_weights(folder), plain, config, folder)
    return Bert(config, device, _body(folder, config, read, device), read.head())


def _body(folder: Path, config: BertConfig, read: Reader, device: Device) -> OnnxBody:
    if device.cache is None:
        return OnnxBody(quantised_graph(config, read), config)
    kept = device.cache / _file_name(folder)
    try:
        return OnnxBody(kept.read_bytes(), config)
    except Exception:  # not there, unreadable, or damaged, for which the library has many errors
        graph = quantised_graph(config, read)
        keep_file(kept, graph)
        return OnnxBody(graph, config)


def _file_name(folder: Path) -> str:
    import onnxruntime

    form = (Library.ONNX, Precision.INT8, FORM, onnxruntime.__version__, products_saturate())
    return f"{fingerprint(folder, *form)}.onnx"
