"""Settings of the sound: reading, speech activity, channels, waveform."""

from __future__ import annotations

from typing import Literal

from callcoach.config.section import Section, setting


class ChannelsConfig(Section):
    """Which channel is the agent, when the manifest does not say."""

    agent: Literal["left", "right", "unknown"] = setting(
        "unknown", "Channel of the agent in two-channel recordings without a manifest entry."
    )


class AudioConfig(Section):
    """Limits on recordings and thresholds of the health checks."""

    min_duration_s: float = setting(
        1.0, "Shorter recordings fail: there is no turn to measure.", unit="s", gt=0
    )
    max_duration_s: float = setting(
        2 * 3600.0, "Longer recordings fail: memory is bounded.", unit="s", gt=0
    )
    max_mb: float = setting(
        3000.0,
        "Larger files fail before they are read.",
        unit="MB",
        source="two hours of two channels at 48 kHz and 32 bits are 2.8 GB",
        gt=0,
    )
    raw_coding: Literal["unknown", "linear", "ulaw", "alaw", "gsm", "vox", "g722", "g729"] = (
        setting(
            "unknown",
            "Coding of files without a header whose ending does not tell it (.raw, .pcm).",
        )
    )
    raw_rate_hz: int = setting(
        8000,
        "Sample rate of files without a header in linear, G.711 or Dialogic coding; .sln16 and the "
        "like tell their own.",
        unit="Hz",
        source="the telephone's (ITU-T G.711)",
        ge=4000,
        le=384000,
    )
    silence_dbov: float = setting(
        -65.0,
        "A frame below this level counts as silent; a channel that never rises above it is dead.",
        unit="dBov",
        source="idle noise of 8-bit mu-law (ITU-T G.711) lies near -70 dBov",
        lt=0,
    )
    clipping_share: float = setting(
        0.001,
        "Share of samples at full scale above which a channel is reported as clipped.",
        unit="share",
        source="clipped speech peaks far less often than once in 1000 samples when gain is right",
        gt=0,
        lt=1,
    )
    identical_level_db: float = setting(
        6.0,
        "A copy this much quieter than the other channel is leak where only one voice is heard.",
        unit="dB",
        source="leak stays at least 10 dB under the voice it comes from",
        gt=0,
    )
    full_scale: float = setting(
        0.975,
        "Samples from here up count as cut off.",
        unit="share of full scale",
        source="largest codes of ITU-T G.711: mu-law 0.980, A-law 0.984",
        gt=0,
        le=1,
    )
    narrowband_hz: float = setting(
        4200.0,
        "Sound with nothing above this is noted as telephone sound, whatever the file's rate.",
        unit="Hz",
        source="8 kHz sampling ends at 4 kHz",
        gt=0,
        lt=8000,
    )
    narrowband_db: float = setting(
        -50.0, "Power above narrowband_hz against the rest that counts as nothing.", unit="dB", lt=0
    )
    low_snr_db: float = setting(
        25.0,
        "Speech-to-background gap under which a channel is reported as noisy.",
        unit="dB",
        source="clear telephone lines measure 30 dB and more; under about 18 dB times suffer",
    )
    crosstalk_share: float = setting(
        0.10,
        "Share of detected speech that was only leak above which crosstalk is reported.",
        unit="share",
        gt=0,
        lt=1,
    )


class ActivityConfig(Section):
    """Speech activity: Silero VAD, crosstalk gate, edge refinement."""

    onset: float = setting(
        0.5, "Speech probability that opens a region.", source="Silero VAD's default", gt=0, lt=1
    )
    offset: float = setting(
        0.35,
        "Speech probability under which a region closes.",
        source="Silero VAD's default: onset - 0.15",
        gt=0,
        lt=1,
    )
    slowing: float = setting(
        1.75,
        "The detector listens again, to the sound played slower by this factor, where it is loud "
        "but no speech was found: it does not know shouting, whose pitch is far above other "
        "speech. 1 leaves that out.",
        source="of eight phrases shouted at 500 to 600 Hz (17 s) Silero alone hears 0.2 s, so it "
        "hears 6.7 s",
        ge=1,
        le=2,
    )
    slowing_onset: float = setting(
        0.7,
        "Speech probability that opens a region in slowed sound.",
        source="0.5 takes 0.5 % of hold music for speech, 0.7 takes 0.2 %",
        gt=0.15,
        lt=1,
    )
    slowing_min_s: float = setting(
        0.25,
        "Shorter stretches that are loud but no speech are not listened to again.",
        unit="s",
        source="a shouted syllable",
        ge=0,
    )
    slowing_range_db: float = setting(
        15.0,
        "Loud is what lies this far and less under the loudest twentieth of the channel.",
        unit="dB",
        source="shouting is loud",
        ge=0,
    )
    min_speech_s: float = setting(
        0.10,
        "Shorter bursts are dropped.",
        unit="s",
        source="short enough to keep 'mm-hm' and 'yes'",
        ge=0,
    )
    min_silence_s: float = setting(
        0.10, "Shorter pauses are closed.", unit="s", source="Silero VAD's default", ge=0
    )
    shared_pause_s: float = setting(
        0.6,
        "On a channel that people share, one voice's shorter pauses belong to its speech where "
        "nobody else speaks in them, as a person marks it.",
        unit="s",
        source="hand-marked meetings: six in seven pauses of 0.5 to 1 s lie within what was marked "
        "as speech, and all shorter ones",
        ge=0,
    )
    refine: bool = setting(True, "Move region edges to where the level rises and falls.")
    refine_drop_db: float = setting(
        24.0,
        "An edge lies where the level is this far below the region's 90th percentile.",
        unit="dB",
        source="measured on 16 two-channel mixes: median edge error 10-20 ms",
        gt=0,
    )
    refine_above_db: float = setting(
        4.0,
        "... but not closer than this to the channel's background, which else draws the edge out.",
        unit="dB",
        source="tuned on mixes of a real call's turns at 20 dB (benchmarks/overlaps.py)",
        ge=0,
    )
    refine_reach_s: float = setting(
        0.20,
        "How far an edge may move out or in.",
        unit="s",
        source="plain Silero closes about 0.1 s late",
        ge=0,
    )
    refine_min_snr_db: float = setting(
        11.0,
        "Gate and refinement are off under this speech-to-background gap.",
        unit="dB",
        source="mixes of a real call's turns with noise and a leak of -15 to -25 dB: from 12 dB on "
        "the gate gains up to 0.7 in F1 of interruptions where the leak is strong and loses up to "
        "0.02 where it is weak; at 10 dB it loses up to 0.09 of backchannels",
    )
    gate: bool = setting(True, "Drop speech that is only the other channel leaking in.")
    level_dbov: float = setting(
        -23.0,
        "Channels are brought to about this level before detection, so that the recorder's gain "
        "changes nothing.",
        unit="dBov",
        source="usual level of speech corpora; -29 to -17 gave the same on real calls with noise",
        lt=0,
    )
    max_gain_db: float = setting(
        30.0, "Most that a quiet channel is raised for detection.", unit="dB", ge=0
    )
    background_min_s: float = setting(
        1.0, "Time without speech needed to measure the background.", unit="s", gt=0
    )
    leak_min_s: float = setting(
        2.0, "Other side's speech needed to measure the leak.", unit="s", gt=0
    )
    leak_late_s: float = setting(
        0.10,
        "Leak may arrive this much later than the voice.",
        unit="s",
        source="electrical echo stays under about 0.1 s",
        ge=0.01,
        le=0.3,
    )
    leak_least_db: float = setting(
        -60.0, "Measured leak is taken to be no weaker than this.", unit="dB", lt=0
    )
    leak_most_db: float = setting(
        -10.0, "Measured leak is taken to be no stronger than this.", unit="dB", lt=0
    )
    gate_margin_db: float = setting(
        6.0,
        "A frame is leak when it is no louder than the other side minus the leak's "
        "attenuation plus this margin.",
        unit="dB",
        gt=0,
    )
    gate_bridge_s: float = setting(
        0.30,
        "A dip of own speech under the leak is kept when the speech is louder again after less "
        "than this.",
        unit="s",
        source="tuned on mixes of a real call's turns: F1 of interruptions 0.92 to 0.98",
        ge=0,
    )
    leak_heard_db: float = setting(
        3.0,
        "There is no leak to gate where the other side's speech raises the channel by less than "
        "this over its background.",
        unit="dB",
        source="mixes of a real call's turns at 20 dB: 3 dB lets no leak of -20 dB in, 4.5 dB does",
        ge=0,
    )
    gate_min_s: float = setting(
        0.20,
        "What the gate leaves of a region must be at least this long: the leak has dips.",
        unit="s",
        source="as overlaps.min_s; on mixes of a real call's turns better than 0.25 s in six "
        "conditions, most at 20 dB with a leak of -18 dB (F1 of backchannels 0.87 to 0.92)",
        ge=0,
    )
    gate_default_db: float = setting(
        -20.0,
        "Leak attenuation assumed where too little of one side alone is heard to measure it.",
        unit="dB",
        lt=0,
    )


class DiarizeConfig(Section):
    """Telling the voices of one channel apart."""

    on: bool = setting(
        True, "Tell the voices of one-channel calls apart, where the weights for it are here."
    )
    window_s: float = setting(
        1.6,
        "Speech that one decision about the voice listens to.",
        unit="s",
        source="the usual length of partial utterances in speaker embeddings",
        gt=0,
    )
    hop_s: float = setting(0.25, "Time between decisions.", unit="s", gt=0)
    pause_s: float = setting(
        0.05,
        "No window reaches across a longer pause: a short answer is heard by itself.",
        unit="s",
        source="people answer within 0.2 s (Stivers et al. 2009, PNAS 106(26)); edges that only "
        "move outward leave less of that. 28 pairs of voices with pauses up to 0.4 s: mean error "
        "7.2 % with 0.2 s, 1.8 % with 0.05 s; the sample calls 1.7 and 1.6 %",
        ge=0,
    )
    unit_s: float = setting(
        8.0, "Longer stretches of speech are cut: memory is bounded.", unit="s", gt=0
    )
    cluster_min_s: float = setting(
        0.8, "Shorter windows take no part in finding the voices.", unit="s", ge=0
    )
    cluster_windows: int = setting(
        2000, "Most windows used to find the voices: memory grows with the square.", ge=10
    )
    passes: int = setting(5, "Most passes of assigning windows and renewing the means.", ge=1)
    contrast: float = setting(
        12.0, "Weight of a difference in cosine against the cost of a change of voice.", gt=0
    )
    change: float = setting(2.0, "Cost of a change of voice within speech.", ge=0)
    change_pause_s: float = setting(
        1.0, "Pause after which the cost of a change has fallen to 37 %.", unit="s", gt=0
    )
    quiet_reach_s: float = setting(
        0.15,
        "How far a change without a pause is moved to where it is quietest.",
        unit="s",
        ge=0,
    )
    min_voice_s: float = setting(
        2.0, "A voice with less speech than this is not counted as one.", unit="s", gt=0
    )
    same_voice: float = setting(
        0.75,
        "Two clusters more alike than this are one voice.",
        unit="cosine",
        source="between what was seen on real calls and on the samples: two voices 0.2-0.65, one "
        "voice cut in two 0.84 and more",
        gt=-1,
        lt=1,
    )
    few_s: float = setting(
        10.0, "With less speech of one voice than this, same_voice_few is used.", unit="s", ge=0
    )
    same_voice_few: float = setting(
        0.60,
        "The same for little speech, which differs more by chance.",
        unit="cosine",
        source="the same recordings: one voice 0.65-0.8 when one part is short",
        gt=-1,
        lt=1,
    )
    sure_voice: float = setting(
        0.65,
        "Voices more alike than this are told apart with less trust: no voice measures then.",
        unit="cosine",
        source="the same recordings: two voices lie at 0.2-0.65",
        gt=-1,
        lt=1,
    )
    third_voice: float = setting(
        0.60,
        "There is a third voice when no two of three clusters are more alike than this.",
        unit="cosine",
        source="the voices of a real call and a third person after it 0.3-0.4",
        gt=-1,
        lt=1,
    )
    third_s: float = setting(5.0, "Least speech of each of three voices.", unit="s", gt=0)


class WaveformConfig(Section):
    """How loud each speaker is over the call, for a picture."""

    min_step_s: float = setting(
        0.05,
        "Shortest step: finer than this no picture of a call shows.",
        unit="s",
        ge=0.01,
        le=10.0,
    )
    max_steps: int = setting(
        2000,
        "Most steps of a speaker: more than the pixels of a wide screen. Longer calls get longer "
        "steps.",
        unit="steps",
        ge=100,
        le=20000,
    )
    range_db: float = setting(
        48.0,
        "How far under the loudest step the picture reaches down to: speech varies by some 30 dB, "
        "and the background of a good line lies about 40 dB under it.",
        unit="dB",
        gt=0.0,
        le=120.0,
    )
    quiet_dbov: float = setting(
        -50.0,
        "A channel that never gets louder than this is drawn against this level: without speech "
        "the loudest step is hiss.",
        unit="dBov",
        ge=-100.0,
        le=0.0,
    )


class HoldsConfig(Section):
    """Hold music, ringing and tones."""

    beside_speech_s: float = setting(
        0.15, "Sound this close to speech is left out.", unit="s", ge=0
    )
    min_stretch_s: float = setting(
        0.3, "Shorter stretches without speech are not looked at.", unit="s", gt=0
    )
    min_level_dbov: float = setting(
        -50.0,
        "Quieter sound is none.",
        unit="dBov",
        source="hold music lies near the speech's level; line noise under -55 dBov",
        lt=0,
    )
    prominence_db: float = setting(
        10.0,
        "A spectral peak stands this far above the spectrum around it, and above what is always "
        "there at its frequency.",
        unit="dB",
        gt=0,
    )
    peak_range_db: float = setting(
        40.0, "Peaks further under a window's strongest do not count.", unit="dB", gt=0
    )
    min_music_s: float = setting(
        3.0, "Shorter music is none.", unit="s", source="as silences.dead_air_s", gt=0
    )
    held_share: float = setting(
        0.35,
        "In music at least this share of the peaks was there 0.128 s earlier, within 8 Hz.",
        unit="share",
        source="5 pieces of hold music, 3 s at a time: 0.38 and more in 95 of 100; prompts, "
        "meetings, six voices at once: up to 0.31",
        gt=0,
        lt=1,
    )
    held_peaks: float = setting(
        1.5,
        "In music at least this many held peaks a window, on average.",
        source="the same material: music 1.6 and more in 95 of 100, voices at most 2.2; the two "
        "limits together let no voice through",
        gt=0,
    )
    sounding_share: float = setting(
        0.7, "Share of music's windows that have a peak at all.", unit="share", gt=0, le=1
    )
    join_s: float = setting(2.0, "Music with shorter gaps is one.", unit="s", ge=0)
    tone_share: float = setting(
        0.85,
        "Part of the power that one or two tones hold where there is nothing else.",
        unit="share",
        gt=0,
        lt=1,
    )
    min_tone_s: float = setting(
        0.15, "Shortest burst of a tone.", unit="s", source="UK ringing has bursts of 0.4 s", gt=0
    )
    min_other_tone_s: float = setting(
        0.5, "Tones that are neither ringing nor busy last at least this long.", unit="s", gt=0
    )
    cadence_s: float = setting(
        4.5,
        "Bursts of one kind with shorter pauses are one sound.",
        unit="s",
        source="ITU-T E.180: ringing pauses for up to 4 s in most countries",
        ge=0,
    )
    ringing_burst_s: float = setting(
        0.8,
        "A single tone of 400 to 450 Hz in bursts this long is ringing, in shorter ones busy.",
        unit="s",
        source="ITU-T E.180: ringing 0.67 to 1.5 s on, busy 0.1 to 0.66 s on",
        gt=0,
    )
    min_key_s: float = setting(
        0.04, "Shortest tone of a key.", unit="s", source="ITU-T Q.24: 40 ms", gt=0
    )
    key_twist_db: float = setting(
        10.0,
        "Most that the two tones of a key differ in level.",
        unit="dB",
        source="ITU-T Q.24: 5 to 10 dB",
        gt=0,
    )
    key_gap_s: float = setting(1.5, "Keys with shorter pauses are one entry.", unit="s", ge=0)
