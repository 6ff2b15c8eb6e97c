"""``callcoach`` with models that know what they hear, and recordings that do harm by their names.

    python tests/fake_run.py run SOURCE --out OUT ...

Worker processes load this file again as their main module, and are faked with it. The name of a
call says what happens in its worker: ``segfault``, ``leaves`` (exits), ``hangs``, ``eats``
(memory), ``passes`` (fails at first, then not). ``FAKE_CALL_S`` makes every call take longer.
``FAKE_KILL_AT`` names a file: once one of this name has come into its place, the run is killed with
its workers.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np

from callcoach.analysis.models import Models
from callcoach.batch.run import planning, worker
from callcoach.cli.main import main
from callcoach.config.config import Config
from callcoach.dialogue.phrasebook import Matcher
from callcoach.errors import EngineError
from callcoach.model.analysis import CallAnalysis
from callcoach.model.recording import FloatArray, Recording
from doubles import LevelDetector, ToldEngine, clip_of

_analyse = worker.analyse
_models: dict[str, Models] = {}


class Tracker:
    """Hears a pitch that follows the level, without any model."""

    model = None
    hop_s = 0.016

    def track(self, samples: FloatArray, rate_hz: int) -> tuple[Any, Any]:
        times = np.arange(0, len(samples) / rate_hz, self.hop_s)
        at = np.minimum((times * rate_hz).astype(int), len(samples) - 1)
        return times, 150.0 + 50.0 * np.abs(samples[at].astype(float))


def load_models(config: Config) -> Models:
    if config.sha256 not in _models:
        matcher = Matcher(config.phrases, None, config.matching)
        engine = ToldEngine(lambda _: clip_of((0.3, 0.6, " hello"), (0.6, 1.0, " there")))
        detector = LevelDetector(0.001)
        _models[config.sha256] = Models(engine, detector, Tracker(), matcher, (engine.model,))
    return _models[config.sha256]


def analyse(recording: Recording, *more: Any) -> CallAnalysis:
    time.sleep(float(os.environ.get("FAKE_CALL_S", "0")))
    name = recording.call_id
    if name.startswith("segfault"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("leaves"):
        os._exit(7)
    if name.startswith("hangs"):
        time.sleep(10**6)
    if name.startswith("eats"):
        eaten = np.ones(10**8)  # 800 MB
        time.sleep(10**6)
        del eaten
    if name.startswith("passes"):
        marker = recording.path.with_suffix(".tried")
        if not marker.exists():
            marker.touch()
            raise EngineError("the engine is not there just now")
    return _analyse(recording, *more)


_replace = Path.replace


def replace(path: Path, target: Path) -> Path:
    placed = _replace(path, target)
    if target.name == os.environ.get("FAKE_KILL_AT"):
        os.killpg(0, signal.SIGKILL)
    return placed


Path.replace = replace  # type: ignore[assignment,method-assign]
worker.load_models = load_models
worker.analyse = analyse
planning.resolve = lambda config: SimpleNamespace(files=())  # type: ignore[assignment,misc]
planning.is_here = lambda model: False

if __name__ == "__main__":
    main()
