"""Many recordings: sources, ledger, runs."""
