"""Settings of coaching: which guide, scorecard and categories are used."""

from __future__ import annotations

from callcoach.config.section import Section, setting


class CoachingConfig(Section):
    """Where the guide, the scorecard and the categories stand.

    They are applied to analyses that are there already: changing them transcribes nothing again.
    """

    guide_file: str = setting(
        "",
        "Your own guide (TOML), found from where this file lies. Empty: the shipped one.",
    )
    scorecard_file: str = setting(
        "",
        "Your own scorecard (TOML), found from where this file lies. Empty: the shipped one.",
    )
    categories_file: str = setting(
        "",
        "Your own categories (TOML), found from where this file lies. Empty: the shipped ones.",
    )
