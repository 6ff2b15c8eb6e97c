"""Settings for telling agent and customer apart by what they say."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


class RolesConfig(Section):
    """Who is the agent, by what is said: where nobody says it, and to check what is said."""

    from_words: bool = setting(
        True,
        "Look for the agent in what is said when nobody says which channel it is, and hold what is "
        "said against a given channel.",
    )
    min_confidence: float = setting(
        0.85, "Under this confidence the roles stay unknown.", unit="share", ge=0.5, le=1
    )
    company_names: tuple[str, ...] = setting(
        (),
        "Your company's names and brands, as agents say them when a call begins. Each weighs as "
        "much as a greeting.",
    )
    agent_phrases: tuple[str, ...] = setting(
        (),
        "What only your agents say, such as a greeting of your own; added to what is known.",
    )
    customer_phrases: tuple[str, ...] = setting(
        (), "What only your customers say; added to what is known."
    )
