"""How fast a whole run is, beside the usual tools one after the other.

    python benchmarks/speed.py [RECORDING] [--agent left|right]

Measured side by side in one go, because machines differ and are noisy:

- the reference: ``openai-whisper`` (base weights, beam 5, word timestamps) on the channels one
  after the other, then ``librosa.pyin`` at its defaults on both;
- ``callcoach run`` on the same recording in a process of its own, from the start of the program to
  the last report, with its peak memory (all its processes together).

Without a recording the sample calls are put together to one call of about four minutes. The exit
code is 1 when callcoach takes more than an eighth of the reference's time or 2 GB.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import soundfile

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data_samples"
MOST_TIME = 1 / 8
MOST_MEMORY_GB = 2.0
WANTED_S = 240.0


def sample_call(folder: Path) -> Path:
    """Sample calls one after the other, agents on the left."""
    from callcoach.audio.decode import decode
    from callcoach.config.config import Config

    parts: list[np.ndarray] = []
    with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["agent_channel"] or sum(p.shape[1] for p in parts) / 16000 > WANTED_S:
                continue
            samples = decode(SAMPLES / row["path"], Config().audio).samples
            parts.append(samples if row["agent_channel"] == "left" else samples[::-1])
    path = folder / "samples.wav"
    soundfile.write(path, np.concatenate(parts, axis=1).T, 16000)
    return path


def reference_seconds(recording: Path) -> tuple[float, float]:
    """Seconds of Whisper and of pyin, loading left out."""
    import librosa
    import torch
    import whisper

    from callcoach.audio.decode import decode
    from callcoach.config.config import Config
    from callcoach.config.speech import SpeechConfig
    from callcoach.speech.openai_engine import load_whisper
    from callcoach.speech.weights import resolve

    torch.set_num_threads(psutil.cpu_count(logical=True) or 1)
    model = load_whisper(resolve(SpeechConfig()))
    channels = decode(recording, Config().audio).samples
    librosa.pyin(channels[0][:16000], fmin=60, fmax=500, sr=16000)  # compiles on first use
    started = time.perf_counter()
    for samples in channels:
        whisper.transcribe(
            model, samples, language="en", beam_size=5, word_timestamps=True, fp16=False
        )
    whisper_s = time.perf_counter() - started
    started = time.perf_counter()
    for samples in channels:
        native = librosa.resample(samples, orig_sr=16000, target_sr=8000)
        librosa.pyin(native, fmin=librosa.note_to_hz("C2"), fmax=librosa.note_to_hz("C7"), sr=8000)
    return whisper_s, time.perf_counter() - started


def run_seconds(recording: Path, agent: str, out: Path) -> tuple[float, float]:
    """Seconds and peak memory in GB of a whole run, all its processes together."""
    arguments = ["run", str(recording), "--out", str(out), "--agent-channel", agent]
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "callcoach", *arguments], stdout=subprocess.DEVNULL
    ) as process:
        top = psutil.Process(process.pid)
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory_of(top))
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            raise SystemExit(f"callcoach run ended with exit code {process.returncode}")
    return seconds, peak / 1e9


def memory_of(top: psutil.Process) -> int:
    """Resident bytes of a process and all its children."""
    total = 0
    try:
        for process in [top, *top.children(recursive=True)]:
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--agent", choices=["left", "right"], default="left")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recording = options.recording or sample_call(Path(folder))
        length_s = soundfile.info(recording).duration
        run_s, peak_gb = run_seconds(recording, options.agent, Path(folder) / "out")
        whisper_s, pyin_s = reference_seconds(recording)
    ratio = run_s / (whisper_s + pyin_s)
    print(f"recording                        {length_s:8.1f} s")
    print(f"openai-whisper, both channels    {whisper_s:8.1f} s")
    print(f"librosa.pyin, both channels      {pyin_s:8.1f} s")
    print(f"callcoach run, start to finish   {run_s:8.1f} s  {peak_gb:.2f} GB at most")
    print(f"share of the reference's time    {ratio:8.3f}    1/{1 / ratio:.1f}")
    print(f"times real time                  {length_s / run_s:8.1f}")
    sys.exit(ratio > MOST_TIME or peak_gb > MOST_MEMORY_GB)


if __name__ == "__main__":
    main()
