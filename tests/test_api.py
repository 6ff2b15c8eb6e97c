"""The public interface: typed, quick to import, and as its page says."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import callcoach
from callcoach.errors import SourceError, StoreError
from callcoach.model.failed_call import FailedCall
from callcoach.reports.tables.tables import build_tables
from callcoach.storage.output_folder import Store, write_file
from stored import people, scored, write_tables

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
NAMES = [name for name in callcoach.__all__ if name != "__version__"]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CALLS = 42


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, a call that failed, and people's scores."""
    tmp_path = tmp_path_factory.mktemp("api")
    machine = np.tile([20.0, 60.0, 80.0], CALLS // 3)
    store = scored(tmp_path / "report", machine, ["north", "south"] * (CALLS // 2))
    analyses = (store.load(f"c{number:03d}") for number in range(CALLS))
    write_tables(build_tables(analyses), store.root, write_file)
    error = "broken.wav is empty; record it again"
    store.write_failed(FailedCall("broken", "broken.wav", "AudioError", error, 1))
    people(tmp_path / "human.csv", machine + 5)
    return tmp_path


@pytest.fixture
def folder(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, as the current one; tests leave it as it is."""
    monkeypatch.chdir(finished)
    return finished


def examples(*titles: str) -> doctest.DocTest:
    """The examples of these sections of the page."""
    sections = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", PAGE, re.M))
    text = "\n".join(sections[title] for title in titles)
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    return doctest.DocTestParser().get_doctest(code, {}, " ".join(titles), None, 0)


def passes(test: doctest.DocTest) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    result = runner.run(test, out=said.append)
    assert result.attempted and not result.failed, "".join(said)


def test_the_examples_of_a_finished_run_are_true(folder: Path) -> None:
    passes(examples("A finished run", "Scores beside people's"))


def test_the_examples_of_settings_are_true(folder: Path) -> None:
    passes(examples("Other settings"))


def spoken(voice: str, text: str, folder: Path) -> np.ndarray:
    path = folder / f"{voice}.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == 16000
    return np.asarray(samples)


@pytest.mark.slow
def test_the_examples_of_one_call_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    agent = spoken("slt", "Thank you for calling. How can I help you today?", tmp_path)
    customer = spoken("rms", "I have a question about my last invoice.", tmp_path)
    pause = np.zeros(8000)
    left = np.concatenate([agent, pause, np.zeros(len(customer)), pause])
    right = np.concatenate([np.zeros(len(agent)), pause, customer, pause])
    soundfile.write(tmp_path / "call.wav", np.stack([left, right], axis=1), 16000)
    monkeypatch.chdir(tmp_path)
    passes(examples("One call"))


def test_the_page_names_all_there_is_and_no_more() -> None:
    cells = re.findall(r"^\| (`.*?) \|", PAGE.split("## ")[0], re.M)
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(NAMES)


def test_every_public_name_is_there_and_explains_itself() -> None:
    for name in NAMES:
        assert getattr(callcoach, name).__doc__, name
    assert set(callcoach.__all__) <= set(dir(callcoach))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        callcoach.nothing  # noqa: B018


def test_importing_it_loads_nothing() -> None:
    code = (
        "import sys, callcoach; print(*sorted({m.split('.')[0] for m in sys.modules}"
        " & {'numpy', 'pandas', 'pydantic', 'torch', 'scipy', 'click'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not done.stdout.strip()


SCRIPT = """
from pathlib import Path

import callcoach
from callcoach import CallAnalysis, FailedCall, open_run

settings: callcoach.Settings = callcoach.load_settings("callcoach.toml")
analysis: CallAnalysis = callcoach.analyse_call(Path("a.wav"), settings, "left", coached=True)
again: CallAnalysis = callcoach.coach_call(analysis)
text: str = analysis.turns[0].text
run = open_run("out")
ids: tuple[str, ...] = run.call_ids
failed: tuple[FailedCall, ...] = run.failed
longest: float = max(turn.duration_s for call in run.analyses() for turn in call.turns)
rows: int = len(run.tables.calls) + len(run.scores)
may: bool = run.calibrate("human.csv", settings).permits.practices["attend"].may_be_automatic
"""

WRONG = """
wrong: int = callcoach.__version__
callcoach.analyse_call("a.wav", agent_channel="middle")
run.tables.nothing
callcoach.nothing
"""


@pytest.mark.slow
def test_a_script_sees_the_types(tmp_path: Path) -> None:
    """Each wrong line is told, and no right one."""
    mypy = pytest.importorskip("mypy.api")
    (tmp_path / "pandas.pyi").write_text("class DataFrame:\n    def __len__(self) -> int: ...\n")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + WRONG, encoding="utf-8")
    config = tmp_path / "mypy.ini"
    config.write_text(
        f"[mypy]\nstrict = True\nmypy_path = {ROOT / 'pipeline'}\nfollow_imports = silent\n"
        f"ignore_missing_imports = True\ncache_dir = {ROOT / '.mypy_cache' / 'script'}\n",
        encoding="utf-8",
    )
    said, errors, _ = mypy.run(["--config-file", str(config), str(script)])
    lines = {int(n) for n in re.findall(r"script\.py:(\d+): error", said)}
    first = len(SCRIPT.splitlines()) + 2
    assert lines == set(range(first, first + 4)), said + errors


def test_the_marker_of_types_is_in_the_package() -> None:
    assert (ROOT / "pipeline" / "callcoach" / "py.typed").is_file()


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not an output folder of callcoach"):
        callcoach.open_run(tmp_path)


def test_a_run_without_tables_says_what_to_do(tmp_path: Path) -> None:
    run = callcoach.open_run(scored(tmp_path, [50.0], ["north"]).root)
    with pytest.raises(StoreError, match="callcoach report"):
        run.tables  # noqa: B018
    with pytest.raises(StoreError, match="no analysis of call 'nobody'"):
        run.analysis("nobody")


def test_wrong_names_are_answered_with_near_ones(folder: Path) -> None:
    beside = callcoach.open_run("report").calibrate("human.csv")
    with pytest.raises(SourceError, match="did you mean 'attend'"):
        beside.bands("attent")
    with pytest.raises(SourceError, match='give "left", "right" or None'):
        callcoach.analyse_call("a.wav", agent_channel="both")  # type: ignore[arg-type]


def test_coaching_again_by_the_same_changes_nothing(folder: Path) -> None:
    analysis = callcoach.open_run("report").analysis("c000")
    once = callcoach.coach_call(analysis)
    assert once.scorecard is not None and once == callcoach.coach_call(once)
    assert once.turns == analysis.turns


def test_reading_a_run_changes_nothing(folder: Path) -> None:
    before = {p: p.read_bytes() for p in Store(folder / "report").calls.rglob("*") if p.is_file()}
    run = callcoach.open_run("report")
    assert len(list(run.analyses())) == CALLS and len(run.tables.turns) and len(run.scores)
    assert before == {p: p.read_bytes() for p in before}
