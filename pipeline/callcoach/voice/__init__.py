"""How a voice sounds: pitch, level, rate."""
