"""Metrics and their measurements."""
