"""Build the sample calls: audio, truth files and the manifest, from the texts in `dialogues/`.

    python build.py             rebuild everything
    python build.py CALL_ID...  rebuild these calls (the manifest is always written whole)

Needs the program `flite` with its voices rms, awb, slt and kal16, and the Python packages numpy,
scipy, soundfile, av and pyworld (which wants setuptools below 81). Nothing is random: the line
noise is seeded with the call's name.
"""

from __future__ import annotations

import csv
import json
import sys
import tomllib
import zlib
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile as sf
from scipy.signal import butter, sosfilt

from voices import LINE_RATE, SPEECH_LEVEL_DBOV, Booth, Change, Utterance, Voice

HERE = Path(__file__).resolve().parent
LEAD_IN_S, LEAD_OUT_S = 0.5, 0.6
CROSSTALK_DELAY_S = 0.004  # the leak comes a little later than the voice
DEAD_AIR_S = 3.0
MU = 255  # ITU-T G.711 mu-law
NOISE_BAND_HZ = (200.0, 3600.0)

# Lossy coding: bit rates at which the leak between the channels stays under -30 dB.
ENCODERS: dict[str, tuple[str, str, int, dict[str, str]]] = {
    ".opus": ("ogg", "libopus", 32_000, {"application": "voip"}),
    ".mp3": ("mp3", "libmp3lame", 48_000, {"joint_stereo": "0"}),
    ".m4a": ("ipod", "aac", 48_000, {"aac_ms": "0", "aac_is": "0"}),
}

AGENT_VOICES = {
    "agent-01": Voice("slt", rate=0.88),
    "agent-02": Voice("rms", rate=0.96),
    "agent-03": Voice("awb", rate=0.86),
}
CUSTOMER_VOICES = {
    "anna": Voice("awb", pitch_st=8.0, formant=1.15, rate=0.88),
    "carl": Voice("kal16", rate=0.88, level_db=-2.0),
    "frank": Voice("rms", pitch_st=-2.0, formant=0.93, rate=0.98),
    "greta": Voice("slt", pitch_st=-3.0, formant=0.93, rate=0.88),
    "helen": Voice("rms", pitch_st=10.0, formant=1.17, rate=0.98),
    "paul": Voice("rms", pitch_st=3.5, formant=1.07, rate=0.98),
    "tessa": Voice("slt", pitch_st=2.0, formant=1.05, rate=0.88),
}

# Where overlaps are told apart, in seconds; the same numbers as in the project's definitions.
OVERLAP_MIN_S = 0.2
DUAL_START_S = 0.2
BACKCHANNEL_MAX_S, BACKCHANNEL_MAX_WORDS, GOES_ON_S = 1.0, 3, 0.5
TERMINAL_S = 0.5
TAKES_FLOOR_S, YIELDS_WITHIN_S = 1.0, 2.0

LABELS = ("concern", "response", "paraphrase", "question", "closing")
METADATA = ("customer_id", "queue", "team", "site")


@dataclass(frozen=True)
class PlacedTurn:
    """A turn of the dialogue file with its voice and its place in the call."""

    script: dict
    change: Change
    speech: Utterance
    start_s: float

    @property
    def speaker(self) -> str:
        """`agent` or `customer`."""
        return self.script["who"]

    @property
    def end_s(self) -> float:
        """End of the last span."""
        return self.start_s + self.speech.end_s

    @property
    def spans(self) -> list[tuple[float, float]]:
        """Speech spans in the time of the call."""
        return [(self.start_s + a, self.start_s + b) for a, b in self.speech.spans]


def place(dialogue: dict, booth: Booth) -> list[PlacedTurn]:
    """Speak all turns and put each after the last one, or inside the one it names (`during`)."""
    voices = {
        "agent": AGENT_VOICES[dialogue["agent_id"]],
        "customer": CUSTOMER_VOICES[dialogue["customer_voice"]],
    }
    placed: dict[str, PlacedTurn] = {}
    floor_end = LEAD_IN_S
    for script in dialogue["turns"]:
        change = Change(**script.get("voice", {}))
        speech = booth.say(script["text"], voices[script["who"]], change)
        if "during" in script:
            start = placed[script["during"]].start_s + script["at"]
        else:
            start = floor_end + script.get("gap", 0.0)
        turn = PlacedTurn(script, change, speech, start)
        placed[script["id"]] = turn
        floor_end = max(floor_end, turn.end_s)
    return sorted(placed.values(), key=lambda turn: turn.start_s)


def shared_speech_s(one: PlacedTurn, other: PlacedTurn) -> float:
    """Seconds in which both speak."""
    return sum(max(0.0, min(b, d) - max(a, c)) for a, b in one.spans for c, d in other.spans)


def overlap_kind(holder: PlacedTurn, incomer: PlacedTurn) -> str:
    """The kind of an overlap by its defining numbers; `unclear` when none fits."""
    length = incomer.end_s - incomer.start_s
    words = len(incomer.script["text"].split())
    if incomer.start_s - holder.start_s <= DUAL_START_S:
        return "dual_start"
    if (
        length <= BACKCHANNEL_MAX_S
        and words <= BACKCHANNEL_MAX_WORDS
        and holder.end_s - incomer.end_s >= GOES_ON_S
    ):
        return "backchannel"
    if holder.end_s - incomer.start_s <= TERMINAL_S:
        return "terminal"
    if length >= TAKES_FLOOR_S:
        if incomer.end_s < holder.end_s:
            return "attempted"
        if holder.end_s - incomer.start_s <= YIELDS_WITHIN_S:
            return "interruption"
    return "unclear"


def find_overlaps(turns: list[PlacedTurn]) -> list[dict]:
    """All overlaps of the placed turns; raises when one is not the kind the dialogue planned."""
    events = []
    for position, incomer in enumerate(turns):
        found = None
        for holder in turns[:position]:
            if holder.speaker == incomer.speaker:
                continue
            if shared_speech_s(holder, incomer) >= OVERLAP_MIN_S:
                found = overlap_kind(holder, incomer)
                events.append(
                    {
                        "kind": found,
                        "start_s": incomer.start_s,
                        "end_s": min(holder.end_s, incomer.end_s),
                        "incomer": incomer.speaker,
                        "holder": holder.speaker,
                        "holder_yielded": holder.end_s < incomer.end_s,
                        "incomer_turn": incomer.script["id"],
                        "holder_turn": holder.script["id"],
                    }
                )
        planned = incomer.script.get("overlap")
        if found != planned:
            near = [
                (t.script["id"], round(t.start_s, 2), round(t.end_s, 2), t.spans)
                for t in turns[max(0, position - 2) : position + 1]
            ]
            raise ValueError(f"{incomer.script['id']}: planned {planned}, got {found}: {near}")
    return events


def find_silences(turns: list[PlacedTurn]) -> list[dict]:
    """Gaps over 3 s in which nobody speaks: a hold where it was announced, else dead air."""
    silences = []
    for position, turn in enumerate(turns[1:], start=1):
        last = max(turns[:position], key=lambda earlier: earlier.end_s)
        if turn.start_s - last.end_s > DEAD_AIR_S:
            silences.append(
                {
                    "kind": "hold" if last.script.get("hold") else "dead_air",
                    "start_s": last.end_s,
                    "end_s": turn.start_s,
                    "after": last.speaker,
                }
            )
    return silences


def render(call_id: str, dialogue: dict, turns: list[PlacedTurn]) -> np.ndarray:
    """The recording, shape (samples, channels): voices, crosstalk, line noise, companding."""
    length = round((max(turn.end_s for turn in turns) + LEAD_OUT_S) * LINE_RATE)
    clean = {"agent": np.zeros(length), "customer": np.zeros(length)}
    for turn in turns:
        first = round((turn.start_s - turn.speech.lead_s) * LINE_RATE)
        samples = turn.speech.samples[: length - first]
        clean[turn.speaker][first : first + len(samples)] += samples
    agent, customer = clean["agent"], clean["customer"]
    if "crosstalk_db" in dialogue:
        gain = 10 ** (dialogue["crosstalk_db"] / 20)
        delay = round(CROSSTALK_DELAY_S * LINE_RATE)
        late = {who: np.concatenate([np.zeros(delay), x[:-delay]]) for who, x in clean.items()}
        agent, customer = agent + gain * late["customer"], customer + gain * late["agent"]
    channels = {
        "left": [agent, customer],
        "right": [customer, agent],
        "": [agent + customer],
    }[dialogue["agent_channel"]]
    rng = np.random.default_rng(zlib.crc32(call_id.encode()))
    band = butter(2, NOISE_BAND_HZ, "bandpass", fs=LINE_RATE, output="sos")
    noise_level = 10 ** ((SPEECH_LEVEL_DBOV - dialogue["snr_db"]) / 20)
    line = []
    for channel in channels:
        noise = sosfilt(band, rng.standard_normal(length))
        line.append(channel + noise * noise_level / np.sqrt(np.mean(noise**2)))
    return _compand(np.stack(line, axis=1))


def _compand(samples: np.ndarray) -> np.ndarray:
    """To 8 bits on the mu-law curve and back."""
    curved = np.sign(samples) * np.log1p(MU * np.abs(samples).clip(0, 1)) / np.log1p(MU)
    coarse = np.round(curved * 127) / 127
    return np.sign(coarse) * np.expm1(np.abs(coarse) * np.log1p(MU)) / MU


def write_audio(path: Path, samples: np.ndarray) -> None:
    """Write the recording in the format that the file's ending names."""
    if path.suffix == ".flac":
        sf.write(path, samples, LINE_RATE, subtype="PCM_16", compression_level=1.0)
    elif path.suffix == ".wav":
        sf.write(path, samples, LINE_RATE, subtype="ULAW")
    else:
        _encode(path, samples)


def _encode(path: Path, samples: np.ndarray) -> None:
    container_name, codec, bit_rate, options = ENCODERS[path.suffix]
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    plain = {"fflags": "+bitexact"}  # no random stream numbers, no version strings
    with av.open(str(path), "w", format=container_name, options=plain) as container:
        stream = container.add_stream(codec, rate=LINE_RATE, layout=layout, options=options)
        stream.bit_rate = bit_rate if layout == "stereo" else bit_rate // 2
        pcm = (samples.reshape(1, -1) * 32767).round().astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=layout)
        frame.sample_rate = LINE_RATE
        frame.pts, frame.time_base = 0, Fraction(1, LINE_RATE)  # so that players skip the priming
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=LINE_RATE, frame_size=stream.frame_size
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def truth(call_id: str, dialogue: dict, turns: list[PlacedTurn], duration_s: float) -> dict:
    """Everything that is known about the call, ready for JSON."""
    return {
        "call_id": call_id,
        "shows": dialogue["shows"],
        "duration_s": duration_s,
        "channels": 2 if dialogue["agent_channel"] else 1,
        "agent_channel": dialogue["agent_channel"] or None,
        "agent_id": dialogue["agent_id"],
        "line": {"snr_db": dialogue["snr_db"], "crosstalk_db": dialogue.get("crosstalk_db")},
        "situations": dialogue["situations"],
        "expected": dialogue["expected"],
        "turns": [_turn_truth(turn, turns) for turn in turns],
        "overlaps": find_overlaps(turns),
        "silences": find_silences(turns),
    }


def _turn_truth(turn: PlacedTurn, turns: list[PlacedTurn]) -> dict:
    script = turn.script
    answers = None
    if "response" in script:
        before = [t.script for t in turns if t.start_s < turn.start_s and "concern" in t.script]
        answers = before[-1]["id"] if before else None
    return {
        "id": script["id"],
        "speaker": turn.speaker,
        "start_s": turn.start_s,
        "end_s": turn.end_s,
        "text": script["text"],
        "spans": turn.spans,
        "voice": asdict(turn.change),
        "pitch_median_st": turn.speech.pitch_median_st,
        "pitch_sd_st": turn.speech.pitch_sd_st,
        "voiced_s": turn.speech.voiced_s,
        **{label: script.get(label, None if label == "paraphrase" else []) for label in LABELS},
        "answers": answers,
    }


def _rounded(value: object) -> object:
    """Times to the millisecond."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value


def main(wanted: list[str]) -> None:
    """Build the calls named, or all, and write the manifest."""
    booth = Booth()
    rows = []
    for source in sorted((HERE / "dialogues").glob("*.toml")):
        call_id = source.stem
        dialogue = tomllib.loads(source.read_text(encoding="utf-8"))
        row = {"path": f"audio/{dialogue['audio']}", "call_id": call_id}
        row |= {key: dialogue[key] for key in ("agent_id", "started_at", "agent_channel")}
        rows.append(row | {key: dialogue[key] for key in METADATA})
        if wanted and call_id not in wanted:
            continue
        try:
            turns = place(dialogue, booth)
            samples = render(call_id, dialogue, turns)
            record = truth(call_id, dialogue, turns, len(samples) / LINE_RATE)
        except ValueError as error:
            raise SystemExit(f"{source.name}: {error}") from error
        write_audio(HERE / row["path"], samples)
        text = json.dumps(_rounded(record), indent=1, ensure_ascii=False)
        (HERE / "truth" / f"{call_id}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{call_id}: {record['duration_s']:.1f} s, {len(turns)} turns")
    with (HERE / "calls.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
