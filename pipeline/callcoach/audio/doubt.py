"""Sound at the level of speech that is not known to be speech: nobody may call it a silence.

A detector misses some speech: mumbled, cut up by a codec, under a noise. What it misses has still
the level of speech. Such stretches are neither given to anybody nor counted as silence.
"""
