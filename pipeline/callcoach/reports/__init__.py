"""Analyses into pages, tables and JSON."""
