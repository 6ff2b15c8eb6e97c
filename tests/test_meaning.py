"""Sentence meaning: the real model's rows, and models of one's own."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest

from callcoach.config.language import MeaningConfig
from callcoach.dialogue.sentence_embeddings import SentenceEncoder, load_encoder
from callcoach.errors import WeightsError
from callcoach.speech.catalogue import SENTENCES, known_model
from callcoach.speech.weights import is_here, resolve_meaning

pytestmark = pytest.mark.skipif(not is_here(SENTENCES), reason="the sentence model is not here")

TEXTS = (
    "You charged me twice.",
    "I paid two times for the same thing.",
    "The sun is out.",
    "",
    "ok",
    "so it works in the morning and then around eight in the evening it stops and nobody knows why",
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return load_encoder(resolve_meaning(MeaningConfig()).folder, SENTENCES)


def test_rows_are_unit_and_near_for_what_means_the_same(encoder: SentenceEncoder) -> None:
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > 0.4 > rows[0] @ rows[2]
    assert encoder.encode([]).shape == (0, 384)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    folder = resolve_meaning(MeaningConfig()).folder
    one, other = load_encoder(folder), load_encoder(folder)
    together = one.encode([*TEXTS, *(f"{text} again" for text in TEXTS * 3)])
    for index in reversed(range(len(TEXTS))):
        assert np.array_equal(other.encode([TEXTS[index]])[0], together[index])


def test_loading_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_encoder(resolve_meaning(MeaningConfig()).folder).encode(["a"]).shape == (1, 384)


def test_an_own_model_is_hashed_and_checked(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no folder"):
        resolve_meaning(MeaningConfig(model_path=str(tmp_path / "no")))
    with pytest.raises(WeightsError, match=r"modules\.json"):
        resolve_meaning(MeaningConfig(model_path=str(tmp_path)))
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    right = hashlib.sha256(b"weights").hexdigest()
    found = resolve_meaning(MeaningConfig(model_path=str(tmp_path), model_sha256=right))
    assert found.sha256 == right and found.files[0].name == "modules.json"
    with pytest.raises(WeightsError, match=r"meaning\.model_sha256"):
        resolve_meaning(MeaningConfig(model_path=str(tmp_path), model_sha256="0" * 64))


def test_the_known_model_is_the_published_one() -> None:
    pinned = {file.name: file.sha256 for file in known_model(SENTENCES).files}
    assert pinned["model.safetensors"] == (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )
    assert resolve_meaning(MeaningConfig()).sha256 == pinned["model.safetensors"]
