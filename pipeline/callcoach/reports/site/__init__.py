"""The pages over many calls: index, agents, team."""
