"""Comparison of two collections, and why they differ."""
