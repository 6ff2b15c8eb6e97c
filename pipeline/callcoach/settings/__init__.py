"""The sections of the configuration, by stage."""
