"""From what was measured to scores and findings in the guide's terms."""
