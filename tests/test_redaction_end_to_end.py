"""A call in which everything private is said goes through a whole run: none of it is in OUT."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import soundfile
from click.testing import CliRunner

from callcoach.analysis.models import Models
from callcoach.audio.decode import decode
from callcoach.batch.monitor.observers import observed
from callcoach.batch.run import worker
from callcoach.batch.run.runner import run_batch
from callcoach.cli.main import main
from callcoach.config.batch import BatchConfig
from callcoach.config.config import Config
from callcoach.config.privacy import RedactionConfig
from callcoach.dialogue.phrasebook import Matcher
from callcoach.model.private import PrivateKind
from callcoach.model.timeline import Span
from callcoach.speech.heard import RecognizedClip
from callcoach.storage.output_folder import Store
from callcoach.voice.trackers import load_tracker
from doubles import LevelDetector, ToldEngine, calls_inline, clip_of
from reviewing import COACH, Person, agent
from shipped import read_source
from sounds import noise, silence, voice

pytest.importorskip("starlette")

CONFIG = Config(batch=BatchConfig(min_free_mb=0, retry_wait_s=0))
RATE_HZ = 8000
GAP_S = 1.2
WORD_S = 0.32

# {private words}; what is not in braces stays.
TALK = (
    ("agent", "Thanks for calling Northway, this is Priya, how can I help you today?"),
    ("customer", "Hi, my name is {Ingvild Tveitan}, I was charged twice and I am really upset."),
    ("agent", "I am sorry to hear that. Can I take the card number please?"),
    ("customer", "It is {four two four two, 4242-4242, forty two 42} on the front."),
    ("agent", "So that is {4242 4242 4242 4242}, thank you. And the phone number?"),
    ("customer", "Sure, {oh seven seven oh oh, nine double oh, four six one}, after five."),
    ("agent", "And your email address?"),
    ("customer", "{tveitan82 at gmail dot com}, all of the letters are small."),
    ("agent", "Thank you, Ms {Tveitan}. And the first line of your address with the postcode?"),
    ("customer", "Yes, we are at {19 Larkspur Gardens, EX4 6TQ} since the summer."),
    ("agent", "What is your date of birth?"),
    ("customer", "That would be the {fourteenth of March 1971} if you must know."),
    ("agent", "And your social security number?"),
    ("customer", "{078-05-1120}. Why do you need that? It makes me angry."),
    ("agent", "I understand why you are angry, you were charged twice. It is 84 pounds?"),
    ("customer", "Yes, exactly, and I had to wait for forty minutes as well."),
)  # fmt: skip
OVER = "okay go on okay"  # the agent while the customer says the number
KINDS = {
    PrivateKind.CARD_NUMBER, PrivateKind.PHONE_NUMBER, PrivateKind.EMAIL, PrivateKind.ADDRESS,
    PrivateKind.DATE_OF_BIRTH, PrivateKind.GOVERNMENT_ID, PrivateKind.NAME,
}  # fmt: skip


def _digits(number: str) -> str:
    return r"(?<!\d)" + r"[\s\-.()]*".join(number) + r"(?!\d)"


def _words(text: str) -> str:
    return r"\W+".join(map(re.escape, text.split()))


SECRETS = {
    "card": _digits("4242424242424242"),
    "card, a piece": _digits("42424242"),
    "card, as said": _words("four two four two"),
    "card, as said, the end": _words("forty two 42"),
    "phone": _digits("07700900461"),
    "phone, as said": _words("nine double oh"),
    "phone, as said, the end": _words("four six one"),
    "e-mail": "tveitan82",
    "name": "Tveitan",
    "first name": "Ingvild",
    "street": "Larkspur",
    "postcode": r"EX4\W*6TQ",
    "birth": _words("fourteenth of March"),
    "birth, the end": _words("March 1971"),
    "social": _digits("078051120"),
    "in the manifest": "ingvild@work",
    "phone in the manifest": _digits("2125550142"),
}
_SEARCH = {what: re.compile(pattern, re.IGNORECASE) for what, pattern in SECRETS.items()}


@dataclass(frozen=True)
class Said:
    """A stretch of speech: whose, when, the words, and which of them are private."""

    side: str
    span: Span
    words: tuple[str, ...]
    private: tuple[bool, ...]

    def word(self, index: int) -> Span:
        step = self.span.duration_s / len(self.words)
        return Span(self.span.start_s + index * step, self.span.start_s + (index + 1) * step)


def _said(side: str, start_s: float, text: str, number: int) -> Said:
    parts = re.split(r"[{}]", text)
    words = [(w, odd % 2 == 1) for odd, part in enumerate(parts) for w in part.split()]
    # A mark after a closing brace belongs to the word before it.
    joined: list[tuple[str, bool]] = []
    for word, private in words:
        if joined and not any(c.isalnum() for c in word):
            joined[-1] = (joined[-1][0] + word, joined[-1][1])
        else:
            joined.append((word, private))
    # The length tells a stretch from every other: 40 ms steps, 20 ms are told apart.
    seconds = round(WORD_S * len(joined) / 1.6) * 1.6 + 0.04 * number
    return Said(
        side,
        Span(start_s, start_s + seconds),
        tuple(word for word, _ in joined),
        tuple(private for _, private in joined),
    )


def script() -> list[Said]:
    result: list[Said] = []
    at_s = 0.6
    for number, (side, text) in enumerate(TALK):
        result.append(_said(side, at_s, text, number))
        at_s = result[-1].span.end_s + GAP_S
    card = result[3].span
    over = _said("agent", card.start_s + 1.4, OVER, len(TALK))
    return [*result, over]


SCRIPT = script()
SECONDS = max(said.span.end_s for said in SCRIPT) + 1.0


def record(path: Path) -> None:
    """Each stretch as a voice on its own channel, over a hiss too weak for speech."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {side: silence(SECONDS, RATE_HZ) for side in ("agent", "customer")}
    for said in SCRIPT:
        hz = 120.0 if said.side == "agent" else 210.0
        start, count = round(said.span.start_s * RATE_HZ), round(said.span.duration_s * RATE_HZ)
        rows[said.side][start : start + count] = voice(np.full(count, hz), rate_hz=RATE_HZ)
    both = np.stack([rows["agent"], rows["customer"]], axis=1)
    soundfile.write(path, both + noise(SECONDS, -75, RATE_HZ)[: len(both), None], RATE_HZ)


def heard(clip: npt.NDArray[np.float32]) -> RecognizedClip:
    """The words of each stretch that is in the clip, known by its length."""
    step = 160  # 10 ms
    frames = clip[: len(clip) // step * step].reshape(-1, step)
    loud = np.concatenate([[False], np.sqrt((frames**2).mean(axis=1)) > 0.01, [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int))) * step / 16000
    words: list[tuple[float, float, str]] = []
    for start_s, end_s in edges.reshape(-1, 2):
        said = min(SCRIPT, key=lambda s: abs(s.span.duration_s - (end_s - start_s)))
        each_s = (end_s - start_s) / len(said.words)
        words += [
            (start_s + n * each_s, start_s + (n + 1) * each_s - 0.01, f" {word}")
            for n, word in enumerate(said.words)
        ]
    return clip_of(*words)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An output folder of two calls of one agent, and of one that fails after its words."""
    root = tmp_path_factory.mktemp("private")
    for name in ("one", "two", "fails"):
        record(root / "in" / f"{name}.wav")
    (root / "in" / "calls.csv").write_text(
        "path,agent_id,started_at,contact,callback\n"
        "one.wav,priya,2026-03-02T09:00:00Z,ingvild@work.example,(212) 555-0142\n"
        "two.wav,priya,2026-03-03T09:00:00Z,,\n"
        "fails.wav,priya,2026-03-04T09:00:00Z,ingvild@work.example,\n",
        encoding="utf-8",
    )
    engine = ToldEngine(heard)
    matcher = Matcher(CONFIG.phrases, None, CONFIG.matching)
    models = Models(engine, LevelDetector(), load_tracker(CONFIG.pitch), matcher, (engine.model,))
    whole = worker.analyse

    def analyse(recording, *more):  # type: ignore[no-untyped-def]
        analysis = whole(recording, *more)
        if recording.call_id == "fails":
            raise ValueError(" ".join(w for said in SCRIPT for w in said.words))
        return analysis

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "load_models", lambda config: models)
        patch.setattr(worker, "analyse", analyse)
        store = Store(root / "out")
        with store.locked(), observed(store, CONFIG) as listener:
            source = read_source(root / "in" / "calls.csv", skip=root / "out")
            run_batch(source, store, CONFIG, jobs=1, listener=listener, executor=calls_inline)
    yield root / "out"


def held(text: str) -> list[str]:
    """What of the secrets is in a text."""
    return [what for what, pattern in _SEARCH.items() if pattern.search(text)]


def texts(path: Path) -> Iterator[str]:
    """Everything that can be read in a file: its bytes, and what is packed in them."""
    yield path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        yield "\n".join(str(cell) for row in table.to_numpy().tolist() for cell in row)
    elif path.suffix == ".sqlite":
        with sqlite3.connect(path) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                rows = database.execute(f'SELECT * FROM "{name}"').fetchall()
                yield "\n".join(str(cell) for row in rows for cell in row)
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            for inner in archive.namelist():
                yield re.sub(r"<[^>]+>", " ", archive.read(inner).decode())


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    said = " ".join(word for line in SCRIPT for word in line.words)
    manifest = " ingvild@work.example, (212) 555-0142, 07700 900-461"
    assert set(held(said + manifest)) == set(SECRETS)
    table = pd.DataFrame({"text": [said]})
    table.to_parquet(tmp_path / "a.parquet", compression="zstd")
    table.to_excel(tmp_path / "a.xlsx", engine="xlsxwriter")
    for path in tmp_path.iterdir():
        assert {what for text in texts(path) for what in held(text)} >= {"card", "name", "e-mail"}


def test_every_stretch_is_heard_and_hidden(out: Path) -> None:
    analysis = Store.existing(out).load("one")
    said = " ".join(turn.text for turn in analysis.turns)
    for label in KINDS:
        assert f"[{label.value}]" in said
    assert analysis.redactions is not None
    assert {redaction.kind for redaction in analysis.redactions} == KINDS
    for stays in ("Priya", "charged twice", "84 pounds", "forty minutes", "since the summer"):
        assert stays in said
    metadata = {item.name: item.value for item in analysis.call.metadata}
    assert metadata == {"contact": "[e-mail]", "callback": "[phone number]"}


def test_no_file_holds_anything_private(out: Path) -> None:
    files = [path for path in out.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".html", ".json", ".md", ".parquet", ".csv", ".sqlite", ".m4a"} <= kinds
    assert (out / "failed" / "fails.json").is_file()
    assert any(path.parent.name == "logs" for path in files)
    found = {
        f"{path.relative_to(out)}: {what}"
        for path in files
        for text in texts(path)
        for what in held(text)
    }
    assert found == set()


def test_exports_and_commands_show_nothing_private(out: Path, tmp_path: Path) -> None:
    workbook = tmp_path / "all.xlsx"
    outputs = {}
    for arguments in (
        ["export", out, "-o", workbook],
        ["export", out, "-o", tmp_path / "csv", "--format", "csv"],
        ["show", out, "one"],
        ["status", out],
    ):
        result = CliRunner().invoke(main, [str(item) for item in arguments])
        outputs[arguments[0]] = result.output
        assert result.exit_code == 0, result.output
        assert held(result.output) == [], arguments
    assert "priya" in outputs["show"].lower() and "fails" in outputs["status"]
    assert workbook.is_file()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert [what for text in texts(path) for what in held(text)] == [], path


@pytest.mark.parametrize("grant", [COACH, agent("priya")], ids=["coach", "agent"])
def test_the_review_app_shows_nothing_private(out: Path, grant: object) -> None:
    person = Person(out, grant)  # type: ignore[arg-type]
    opened = []
    for page in (
        "/", "/index.html", "/team.html", "/agents/priya.html", "/calls/one/report.html",
        "/calls/two/report.html", "/calls/one/score.html",
    ):  # fmt: skip
        answer = person.get(page)
        opened.append(answer.status_code)
        assert held(answer.text) == [], page
    assert opened.count(200) >= 3


def test_the_copy_of_the_sound_is_silent_where_it_is_private(out: Path) -> None:
    samples = decode(out / "calls" / "one" / "audio.m4a", CONFIG.audio).samples
    rate_hz = 16000

    def peak_dbfs(span: Span, row: int) -> float:
        part = samples[row, round(span.start_s * rate_hz) : round(span.end_s * rate_hz)]
        return 20 * float(np.log10(np.abs(part).max() + 1e-12))

    hidden = [
        said.word(index) for said in SCRIPT for index, private in enumerate(said.private) if private
    ]
    assert len(hidden) > 30
    for span in hidden:
        for row in (0, 1):
            assert peak_dbfs(span, row) < -60, span
    margin_s = CONFIG.reports.silence_margin_s + 0.3
    audible = 0
    for said in SCRIPT:
        row = 0 if said.side == "agent" else 1
        for index in range(len(said.words)):
            span = said.word(index)
            if all(span.gap_s(other) > margin_s for other in hidden):
                assert peak_dbfs(span, row) > -40, (said.words[index], span)
                audible += 1
    assert audible > 40
    # The agent speaks while a number is said: that is silent too.
    assert any(SCRIPT[-1].span.overlap_s(span) > 0 for span in hidden)


def test_the_kept_stages_hold_no_words(out: Path) -> None:
    assert CONFIG.batch.cache in ("off", "sound") and CONFIG.redaction.on
    kept = [path for path in Store.existing(out).cache.rglob("*") if path.is_file()]
    assert len(kept) >= 4
    words = {"charged", "upset", "pounds", "minutes"}
    for path in kept:
        text = path.read_bytes().decode("utf-8", errors="replace").lower()
        assert not [word for word in words if word in text], path


def run_one(folder: Path, name: str, config: Config) -> Store:
    """A finished run of one recording."""
    record(folder / "in" / name)
    engine = ToldEngine(heard)
    matcher = Matcher(config.phrases, None, config.matching)
    models = Models(engine, LevelDetector(), load_tracker(config.pitch), matcher, (engine.model,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "load_models", lambda config: models)
        store = Store(folder / "out")
        with store.locked():
            run_batch(read_source(folder / "in"), store, config, jobs=1, executor=calls_inline)
    return store


def test_without_it_everything_would_be_there(tmp_path: Path, out: Path) -> None:
    """The same call with nothing hidden: what the search above would have found."""
    off = CONFIG.model_copy(update={"redaction": RedactionConfig(on=False)})
    store = run_one(tmp_path, "one.wav", off)
    for name in ("analysis.json", "report.html"):
        found = set(held((store.call_folder("one") / name).read_text(encoding="utf-8")))
        assert found >= {"card, as said", "name", "e-mail", "street", "social"}, name


def test_a_file_name_with_a_phone_number_is_warned_about(tmp_path: Path) -> None:
    """Names of calls are never changed: the report says what to do."""
    store = run_one(tmp_path, "07700900461.wav", CONFIG)
    analysis = store.load("07700900461")
    (warning,) = [w for w in analysis.warnings if w.code == "private_id"]
    assert "rename the recording" in warning.text and "07700" not in warning.text
    page = (store.call_folder("07700900461") / "report.html").read_text(encoding="utf-8")
    assert "rename the recording" in page
