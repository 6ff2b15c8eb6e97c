"""callcoach: per-call coaching reports from recorded customer-service calls."""

__version__ = "0.1.0"
