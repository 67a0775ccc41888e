"""Vectors of the pieces of a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.models.encoder import BertEncoder
from tests.models.conftest import CPU


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> BertEncoder:
    return BertEncoder.load(encoder_folder, CPU)


def test_every_piece_of_every_text_has_a_vector(encoder: BertEncoder) -> None:
    texts = [["a b", "c", "d e f"], [], ["x"]]
    found = encoder.encode_pieces(texts)
    assert [vectors.shape for vectors in found] == [(len(t), encoder.dimension) for t in texts]
    for vectors in found:
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_piece_is_read_in_its_context_and_texts_apart(encoder: BertEncoder) -> None:
    (one,), (other,) = ([v[0]] for v in encoder.encode_pieces([["a b", "c"], ["a b", "z z"]]))
    assert not np.allclose(one, other, atol=1e-4)
    alone = encoder.encode_pieces([["a b", "c"]])[0][0]
    assert alone == pytest.approx(one, abs=1e-5)


def test_long_texts_take_several_windows_and_lose_no_piece(encoder: BertEncoder) -> None:
    pieces = [f"a b c {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    (vectors,) = encoder.encode_pieces([pieces])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_piece_without_tokens_has_no_direction_and_a_long_one_is_cut(
    encoder: BertEncoder,
) -> None:
    (vectors,) = encoder.encode_pieces([["", "a " * 500, "b"]])
    assert not vectors[0].any()
    assert np.linalg.norm(vectors[1:], axis=1) == pytest.approx(1.0, abs=1e-5)
