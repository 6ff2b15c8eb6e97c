"""``callcoach measure``: clips and transcripts that came from elsewhere."""
