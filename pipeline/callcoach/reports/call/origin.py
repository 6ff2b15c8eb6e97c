"""The facts about a call's recording and how its report was made, as names with values."""

from __future__ import annotations

from dataclasses import dataclass

from callcoach.model.analysis import CallAnalysis
from callcoach.reports import labels
from callcoach.reports.hrefs import agent_href
from callcoach.text import formatting


@dataclass(frozen=True)
class Fact:
    """A name with what it is, and a link where there is more about it."""

    name: str
    value: str
    href: str = ""


def head_facts(analysis: CallAnalysis) -> tuple[Fact, ...]:
    """Agent, date, length and language first, then what the manifest says, then the recording."""
    call = analysis.call
    audio = "one channel" if call.channels == 1 else "two channels"
    if analysis.health.identical_channels:
        audio = "two channels with the same sound, used as one"
    rate = call.sample_rate_hz / 1000
    sides = [
        labels.channel_name(party.channel, call.parties) for party in call.parties if party.channel
    ]
    audio_parts = [audio, f"{rate:g}{formatting.NBSP}kHz", formatting.clean(call.codec)]
    return (
        Fact(
            "Agent",
            formatting.clean(call.agent_id or "") or "not given",
            f"../../{agent_href(call.agent_id)}" if call.agent_id else "",
        ),
        Fact("Date", formatting.readable_date(call.started_at)),
        Fact("Length", formatting.length(call.duration_s)),
        Fact("Spoken language", labels.spoken_language(call.parties) or "not known"),
        *(
            Fact(
                formatting.clean(item.name.replace("_", " ").capitalize()),
                formatting.clean(item.value) or "empty",
            )
            for item in call.metadata
        ),
        Fact("Audio", ", ".join(audio_parts)),
        *([Fact("Channels", ", ".join(sides))] if sides else []),
        Fact("Recording", formatting.clean(call.source_name)),
    )


def not_measured(analysis: CallAnalysis) -> tuple[Fact, ...]:
    """What was not measured, parts with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for item in analysis.unmeasured:
        by_reason.setdefault(item.reason, []).append(labels.measure_name(item.measure))
    return tuple(
        Fact(", ".join(names), formatting.clean(reason)) for reason, names in by_reason.items()
    )


def dropped_words(analysis: CallAnalysis) -> tuple[Fact, ...]:
    """What was left out of the transcript, the most frequent reason first."""
    reasons: dict[str, int] = {}
    for word in analysis.dropped_words:
        reasons[word.reason] = reasons.get(word.reason, 0) + 1
    return tuple(
        Fact(formatting.clean(reason), formatting.count(many, "word", "words"))
        for reason, many in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def origin_facts(analysis: CallAnalysis) -> tuple[Fact, ...]:
    """Versions, settings and models: the version of callcoach, settings and recording first."""
    made = analysis.provenance
    card = analysis.scorecard
    return (
        Fact("callcoach", made.callcoach),
        Fact("Settings (SHA-256)", made.config_sha256),
        Fact("Recording (SHA-256)", analysis.call.source_sha256),
        Fact("Speech engine", made.engine),
        *(
            Fact(f"Model for {item.task}", f"{item.name}, SHA-256 {item.sha256}, {item.source}")
            for item in made.models
        ),
        *(
            ()
            if card is None
            else (
                Fact(
                    "Scorecard (SHA-256)",
                    f"{formatting.clean(card.name)}, version {formatting.clean(card.version)}, "
                    f"{card.sha256}",
                ),
                Fact("Guide (SHA-256)", f"{formatting.clean(card.guide)}, {card.guide_sha256}"),
            )
        ),
        Fact("Packages", ", ".join(f"{p.name} {p.version}" for p in made.packages)),
    )
