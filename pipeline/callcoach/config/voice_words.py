"""Words about a loud, fast or flat voice: ``configs/phrases/voice/moments.toml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from callcoach.config.files import checked, read_toml, shipped
from callcoach.config.section import Section, setting

FILE = Path("voice") / "moments.toml"


class MomentWords(Section):
    """Phrases by what they tell, in small letters and with short forms in full."""

    joy: tuple[str, ...] = setting(..., "Thanks, praise and relief.", min_length=1)
    not_joy: tuple[str, ...] = setting(
        ..., "What right before a joyful word takes it back, or is said in anger.", min_length=1
    )
    laughter: tuple[str, ...] = setting(..., "How recognisers write laughing.", min_length=1)
    greeting: tuple[str, ...] = setting(..., "The beginning of a call.", min_length=1)
    goodbye: tuple[str, ...] = setting(..., "The end of a call.", min_length=1)
    bad_line: tuple[str, ...] = setting(..., "Somebody is not heard.", min_length=1)
    instructions: tuple[str, ...] = setting(..., "Steps that are told.", min_length=1)
    spelling: tuple[str, ...] = setting(..., "Names and addresses letter by letter.", min_length=1)
    curt: tuple[str, ...] = setting(..., "Short with the customer.", min_length=1)


@cache
def moment_words() -> MomentWords:
    """The words that come with callcoach.

    Raises
    ------
    ConfigError
        If the file is missing or wrong.
    """
    path = shipped("phrases") / FILE
    return checked(MomentWords, read_toml(path, "the words of moments"), path)
