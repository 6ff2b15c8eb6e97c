"""Analyses for tests of documents, reports and tables: a realistic call and the odd ones."""

from __future__ import annotations

from dataclasses import replace

from callcoach.call import (
    Activity,
    AudioHealth,
    CallAnalysis,
    CallInfo,
    CallWarning,
    ChannelHealth,
    DroppedWord,
    MetadataItem,
    ModelUse,
    OverlapEvent,
    OverlapKind,
    OverlapNext,
    PackageVersion,
    Party,
    Provenance,
    Role,
    Side,
    Silence,
    SilenceKind,
    SpeechRegion,
    Timing,
    Turn,
    Word,
)
from callcoach.config import Config
from callcoach.delivery import Unmeasured, VoiceSupport
from callcoach.dialogue.listening import measure_listening
from callcoach.dialogue.phrasebook import Matcher
from callcoach.naming import with_agent
from callcoach.older import brought_up
from callcoach.timeline import Span
from deliveries import composure, tension_of, told_voice, unmeasured_voice, voice
from spoken import PARTS, billing, heating, not_said

# (speaker, start, end, text); the numbers of the report follow from these.
SCRIPT = (
    ("agent", 0.8, 4.9, "Thank you for calling Harbour Energy, this is Maya. How can I help?"),
    ("customer", 5.4, 14.2, "Hi. This is the third time I call about the same bill. You charged "
     "me twice in March and nobody calls me back."),
    ("agent", 9.1, 9.5, ""),
    ("agent", 14.6, 21.3, "I'm sorry, that is a lot of calls for one mistake. Let me make sure I "
     "have it right: two payments in March, and no call back?"),
    ("customer", 21.0, 25.2, "Yes. Eighty four pounds each time, and I want it fixed today."),
    ("agent", 25.9, 31.4, "Of course. May I have the account number so that I can look at both "
     "payments?"),
    ("customer", 32.2, 38.0, "It is four four seven, one nine two, zero zero six."),
    ("agent", 38.6, 41.0, "Thank you. One moment while I open it."),
    ("agent", 52.4, 60.2, "Thanks for waiting. I see both payments here, the second one is a "
     "mistake on our side, and the reason is that the"),
    ("customer", 58.9, 67.3, "So you do see it. Why did the last person tell me that everything "
     "was fine? I sat in the queue for forty minutes."),
    ("agent", 67.3, 78.8, "I understand, forty minutes is far too long. I will send the money "
     "back now, it takes three working days, and you get a message when it is done."),
    ("customer", 75.1, 76.4, "And if it"),
    ("customer", 79.4, 84.6, "All right. And if it does not come, do I have to call again?"),
    ("agent", 85.1, 95.9, "No. I will check on Thursday and call you on this number. Is there "
     "anything else I can do for you today?"),
    ("customer", 96.4, 98.8, "No, that was it. Thank you."),
    ("agent", 98.7, 101.9, "Thank you for your patience. Have a good day."),
)  # fmt: skip


# What is said in the tense call; the times follow from the lengths.
TALK = (
    ("agent", "Good afternoon, Harbour Energy, you are speaking to Maya. What can I do for you?"),
    ("customer", "My heating has been off since Friday and nobody has come. This is the third time "
     "I call, and every time I hear the same thing."),
    ("agent", "I am sorry to hear that. May I take your account number first?"),
    ("customer", "You have my account number. I have given it twice today. This is ridiculous. "
     "I want to speak to a manager, I have two small children in a cold house."),
    ("agent", "I understand, I do, but without the number I cannot open the order, and then I "
     "cannot see when the engineer is meant to come, so please, just the number."),
    ("customer", "Four four seven, one nine two, zero zero six."),
    ("agent", "Thank you. Let me look. I see the order from Friday, and I see that it was closed "
     "on Saturday because nobody was at home when the engineer came."),
    ("customer", "That is a joke. I was at home all day. I waited and nobody rang. You people "
     "never tell the truth and I am sick of it, do you hear me?"),
    ("agent", "I hear you. So the engineer says that nobody was home, and you were there all day "
     "with the children and waited. That should not have happened."),
    ("customer", "Yes. Exactly. And then I was on hold for an hour."),
    ("agent", "An hour, after three calls. I will put this right now. I can send someone tonight "
     "between six and eight, and he will call you ten minutes before he comes."),
    ("customer", "Tonight? All right. Is that sure, or do I have to wait again?"),
    ("agent", "It is sure. I have his name here, it is Tom, and I have written that two small "
     "children are in the house. You get a message with his number in a minute."),
    ("customer", "Okay. Thank you. That is more than the others did."),
    ("agent", "I will also call you tomorrow at ten to ask if it is warm. Would that be good?"),
    ("customer", "Yes, please do that. Thank you, Maya."),
    ("agent", "Thank you for your patience. Have a warm evening."),
)  # fmt: skip


def words_of(turn: Turn, unsure: str = "") -> tuple[Word, ...]:
    """Words of a turn, spread evenly over it."""
    texts = turn.text.split()
    step = turn.duration_s / max(1, len(texts))
    return tuple(
        Word(
            start_s=turn.start_s + i * step,
            end_s=turn.start_s + (i + 0.9) * step,
            speaker=turn.speaker,
            text=text,
            probability=0.31 if text == unsure else 0.94,
            timing=Timing.MEASURED,
        )
        for i, text in enumerate(texts)
    )


def provenance() -> Provenance:
    """What a run with the base model records."""
    return Provenance(
        callcoach="0.1.0",
        config_sha256="5f3c" * 16,
        engine="ctranslate2",
        models=(ModelUse("transcription", "base", "d01c" * 16, "installed wheel"),),
        packages=(PackageVersion("numpy", "2.2.0"), PackageVersion("faster-whisper", "1.2.0")),
    )


def two_channels(**changes: object) -> CallAnalysis:
    """A call of 1:45 on two channels, the customer on the left."""
    turns = tuple(
        Turn(start, end, id=f"t{i}", speaker=speaker, text=text)
        for i, (speaker, start, end, text) in enumerate(SCRIPT, start=1)
    )
    regions = tuple(
        SpeechRegion(start, end, speaker)
        for speaker, first, last, _ in SCRIPT
        for start, end in _breaths(first, last)
    )
    speech = {
        name: sum(r.duration_s for r in regions if r.speaker == name)
        for name in ("agent", "customer")
    }
    analysis = CallAnalysis(
        call=CallInfo(
            id="2025-03-04_harbour_0017",
            agent_id="maya.r",
            started_at="2025-03-04T14:05:00+00:00",
            duration_s=104.96,
            source_name="harbour_0017.wav",
            source_sha256="9a41" * 16,
            channels=2,
            sample_rate_hz=8000,
            codec="pcm_mulaw",
            mono=False,
            parties=(
                Party("customer", Role.CUSTOMER, Side.LEFT, speech["customer"]),
                Party("agent", Role.AGENT, Side.RIGHT, speech["agent"]),
            ),
            metadata=(MetadataItem("queue", "billing"), MetadataItem("language", "en-GB")),
        ),
        health=AudioHealth(
            channels=(
                ChannelHealth(-27.3, -6.1, 0.0, 0.52, False),
                ChannelHealth(-24.9, -3.2, 0.00021, 0.47, False),
            ),
            identical_channels=False,
            narrowband=True,
            crosstalk_share=0.14,
        ),
        words=tuple(word for turn in turns for word in words_of(turn, unsure="Harbour")),
        turns=turns,
        overlaps=(
            _overlap(9.1, 9.5, OverlapKind.BACKCHANNEL, "agent", False, "", 0.8),
            _overlap(21.0, 21.3, OverlapKind.TERMINAL, "customer", None, "Yes.", 0.9),
            replace(
                _overlap(
                    58.9, 60.2, OverlapKind.INTERRUPTION, "customer", True, "So you do see it.", 1.0
                ),
                cut_off="two payments, and the",
                mid_sentence=True,
                next=OverlapNext.INCOMER,
            ),
            replace(
                _overlap(75.1, 76.4, OverlapKind.ATTEMPTED, "customer", False, "And if it", 0.75),
                next=OverlapNext.INCOMER_REPAIRED,
            ),
            _overlap(98.7, 98.8, OverlapKind.UNCLEAR, "agent", None, "Thank", 0.4),
        ),
        silences=(
            Silence(0.0, 0.8, SilenceKind.GAP, None),
            Silence(4.9, 5.4, SilenceKind.GAP, "agent"),
            Silence(41.0, 52.4, SilenceKind.DEAD_AIR, "agent"),
            Silence(84.6, 85.1, SilenceKind.GAP, "customer"),
        ),
        activity=tuple(sorted(regions, key=lambda r: (r.start_s, r.speaker))),
        voice=(
            voice(
                "customer",
                pitch_median_st=26.204,
                level_dbov=-21.6,
                rate_wpm=201.0,
                support_s=38.1,
                support=VoiceSupport(38.1, 20.4, 37.0, 98, 3),
            ),
            voice("agent"),
        ),
        dropped_words=(
            DroppedWord(44.0, 44.6, "agent", "you", "no speech under it"),
            DroppedWord(47.0, 47.4, "agent", "you", "no speech under it"),
        ),
        warnings=(
            CallWarning(
                "crosstalk",
                "14 % of the speech heard here was the other side leaking in; it was removed.",
                Side.RIGHT,
            ),
        ),
        provenance=provenance(),
        tension=tuple(
            tension_of(turn, 0.7412, "third time", "nobody")
            if turn.id == "t2"
            else tension_of(turn, 0.12, voice=None)
            for turn in turns
            if turn.speaker == "customer"
        ),
        unmeasured=(
            Unmeasured("findings", "not part of this version"),
            Unmeasured("composure", "too little of the agent's speech after tense turns"),
        ),
        **billing(),
    )
    return _changed(analysis, **changes)


def mono(**changes: object) -> CallAnalysis:
    """A call on one channel: nobody knows who is who, and nothing about speaking at once."""
    turns = (
        Turn(0.5, 6.0, id="t1", speaker="everyone", text="Good morning, you are through to Sam."),
        Turn(6.9, 9.5, id="t2", speaker="everyone", text="Hello, my box is broken."),
    )
    base = two_channels()
    analysis = replace(
        base,
        call=replace(
            base.call,
            id="mono_0003",
            agent_id=None,
            started_at=None,
            duration_s=30.0,
            channels=1,
            codec="mp3",
            mono=True,
            parties=(Party("everyone", Role.UNKNOWN, None, 8.1),),
            metadata=(),
        ),
        health=AudioHealth((ChannelHealth(-30.0, -9.0, 0.0, 0.6, False),), False, True),
        words=tuple(word for turn in turns for word in words_of(turn)),
        turns=turns,
        overlaps=None,
        silences=(Silence(9.5, 30.0, SilenceKind.HOLD, "everyone"),),
        activity=tuple(SpeechRegion(t.start_s, t.end_s, "everyone") for t in turns),
        voice=(unmeasured_voice("everyone", "two people share this channel"),),
        dropped_words=(),
        warnings=(
            CallWarning("mono", "Both people are on one channel: they cannot be told apart."),
        ),
        tension=None,
        unmeasured=(
            Unmeasured("overlaps", "both people share one channel"),
            *(
                Unmeasured(name, "the customer cannot be told from the agent")
                for name in ("tension", "composure", *PARTS)
            ),
        ),
        **not_said(),
    )
    return _changed(analysis, **changes)


def empty(**changes: object) -> CallAnalysis:
    """A recording in which nobody speaks."""
    base = two_channels()
    analysis = replace(
        base,
        call=replace(
            base.call,
            id="empty_0001",
            started_at="4th of March",
            duration_s=12.0,
            parties=(
                Party("speaker_1", Role.UNKNOWN, Side.LEFT, 0.0),
                Party("speaker_2", Role.UNKNOWN, Side.RIGHT, 0.0),
            ),
            metadata=(),
        ),
        health=AudioHealth((ChannelHealth(None, None, 0.0, 1.0, True),) * 2, False, False),
        words=(),
        turns=(),
        overlaps=(),
        silences=(),
        activity=(),
        voice=(),
        dropped_words=(),
        warnings=(CallWarning("no_speech", "No speech was found on either channel."),),
        tension=None,
        unmeasured=(
            Unmeasured("voice", "there is no speech to measure"),
            *(
                Unmeasured(name, "nobody knows who the customer is")
                for name in ("tension", "composure", *PARTS)
            ),
        ),
        **not_said(),
    )
    return _changed(analysis, **changes)


def tense_call() -> CallAnalysis:
    """A call of some three minutes in which both voices leave their usual band."""
    base = two_channels()
    turns: list[Turn] = []
    at_s = 0.8
    for number, (speaker, text) in enumerate(TALK, start=1):
        end_s = round(at_s + 0.36 * len(text.split()) + 0.6, 3)
        turns.append(Turn(at_s, end_s, f"t{number}", speaker, text))
        at_s = round(end_s + (9.5 if number == 6 else 0.5), 3)
    regions = tuple(
        SpeechRegion(start, end, turn.speaker)
        for turn in turns
        for start, end in _breaths(turn.start_s, turn.end_s)
    )
    length_s = round(at_s + 1.2, 3)
    agent, customer = (
        [Span(r.start_s, r.end_s) for r in regions if r.speaker == name]
        for name in ("agent", "customer")
    )
    usual = {
        "pitch_median_st": 34.8, "pitch_sd_st": 2.4, "pitch_movement_st_s": 14.0,
        "level_dbov": -25.0, "rate_syll_s": 4.6, "effort_db": -12.0,
    }  # fmt: skip
    theirs = usual | {"pitch_median_st": 28.2, "level_dbov": -22.4, "rate_syll_s": 4.4}
    t4, t5, t8, t13 = turns[3], turns[4], turns[7], turns[12]
    loud = {"level_dbov": 7.5, "effort_db": 4.0, "pitch_median_st": 4.5}
    voices = (
        told_voice(
            "customer",
            theirs,
            (
                (t4.start_s, t4.end_s, loud),
                (t8.start_s, t8.end_s, loud | {"rate_syll_s": 1.9, "pitch_movement_st_s": 8.0}),
            ),
            turns,
            customer,
            length_s,
        ),
        told_voice(
            "agent",
            usual,
            (
                (t5.start_s, t5.end_s, {"rate_syll_s": 1.8, "level_dbov": 3.0,
                                        "pitch_median_st": 1.9}),
                (t13.start_s, t13.end_s, {"pitch_sd_st": -1.7, "rate_syll_s": -1.6}),
            ),
            turns,
            agent,
            length_s,
        ),
    )  # fmt: skip
    tense = {
        "t2": tension_of(turns[1], 0.53, "third time", "nobody", "every time"),
        "t4": tension_of(t4, 0.78, "ridiculous", "speak to a manager", "twice"),
        "t8": tension_of(t8, 0.94, "joke", "waited", "nobody", "sick of"),
    }
    return settled(
        replace(
            base,
            call=replace(
                base.call,
                id="2025-03-05_harbour_0042",
                duration_s=length_s,
                parties=tuple(
                    replace(
                        party,
                        speech_s=sum(r.duration_s for r in regions if r.speaker == party.id),
                    )
                    for party in base.call.parties
                ),
            ),
            words=tuple(word for turn in turns for word in words_of(turn)),
            turns=tuple(turns),
            overlaps=(),
            silences=(Silence(turns[5].end_s, turns[6].start_s, SilenceKind.DEAD_AIR, "customer"),),
            activity=regions,
            voice=voices,
            tension=tuple(
                tense.get(turn.id) or tension_of(turn, 0.08 + 0.02 * number)
                for number, turn in enumerate(turns)
                if turn.speaker == "customer"
            ),
            composure=composure(tense_turns=("t2", "t4", "t8"), agent_turns=("t3", "t5", "t9")),
            unmeasured=base.unmeasured[:1],
            **heating(),
        )
    )


def long_call(minutes: int = 60) -> CallAnalysis:
    """The two-channel call over and over, for the look of a long one."""
    base = two_channels()
    step = base.call.duration_s
    offsets = [i * step for i in range(int(minutes * 60 / step))]

    def repeated(items: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(
            replace(item, start_s=item.start_s + at, end_s=item.end_s + at)
            for at in offsets
            for item in items
        )

    turns = repeated(base.turns)
    return settled(
        replace(
            base,
            call=replace(
                base.call,
                id=f"long_{minutes}",
                duration_s=minutes * 60.0,
                parties=tuple(
                    replace(party, speech_s=party.speech_s * len(offsets))
                    for party in base.call.parties
                ),
            ),
            words=repeated(base.words),
            turns=tuple(replace(turn, id=f"t{i}") for i, turn in enumerate(turns, start=1)),
            overlaps=repeated(base.overlaps or ()),
            silences=repeated(base.silences),
            activity=repeated(base.activity),
            voice=tuple(
                replace(
                    voice, windows=repeated(voice.windows), stretches=repeated(voice.stretches[:1])
                )
                for voice in base.voice
            ),
        )
    )


def _changed(analysis: CallAnalysis, **changes: object) -> CallAnalysis:
    changed: CallAnalysis = replace(analysis, **changes)  # type: ignore[arg-type]
    return brought_up(changed) if "listening" in changes else settled(changed)


def settled(analysis: CallAnalysis) -> CallAnalysis:
    """The call with all that follows from the rest of it: room to speak, utterances, trust."""
    config = Config()
    activities = tuple(
        Activity(party.id, tuple(r for r in analysis.activity if r.speaker == party.id))
        for party in analysis.call.parties
    )
    listening = measure_listening(
        activities,
        analysis.turns,
        analysis.overlaps,
        analysis.silences,
        analysis.call.duration_s,
        config.listening,
        config.overlaps,
    )
    return replace(brought_up(replace(analysis, listening=None)), listening=listening)


def _overlap(
    start: float,
    end: float,
    kind: OverlapKind,
    incomer: str,
    yielded: bool | None,
    text: str,
    confidence: float,
) -> OverlapEvent:
    holder = "customer" if incomer == "agent" else "agent"
    return OverlapEvent(start, end, kind, incomer, holder, yielded, text, confidence)


def _breaths(start: float, end: float) -> list[tuple[float, float]]:
    """Speech with a short pause about every three seconds."""
    result = []
    while end - start > 4.0:
        result.append((start, start + 2.8))
        start += 3.1
    return [*result, (start, end)]


def unnamed(analysis: CallAnalysis | None = None) -> CallAnalysis:
    """A call whose two people are told apart, and nobody knows which of them is the agent."""
    config = Config()
    matcher = Matcher(config.phrases, None, config.matching)
    return with_agent(analysis or two_channels(), None, matcher, config)
