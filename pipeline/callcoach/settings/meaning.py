"""Settings of sentence meaning."""

from __future__ import annotations

from callcoach.settings.section import Section, setting


class MeaningConfig(Section):
    """The model that compares what sentences mean."""

    model_path: str = setting(
        "",
        "Folder of a sentence-transformers model with weights in model.safetensors, used instead "
        "of all-MiniLM-L6-v2. Thresholds on similarity were set with that one.",
    )
    model_sha256: str = setting(
        "", "SHA-256 that model.safetensors in model_path must have; empty: it is only recorded."
    )
