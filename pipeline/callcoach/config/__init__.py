"""Every setting, and every TOML file that a team can write."""
