"""Words heard and words said: normalising, clauses, content words, numbers, formatting."""
