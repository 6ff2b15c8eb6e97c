"""A run over many calls: planning, queue, processes, failures."""
