"""Dimension records: what exists on the sky and in the telescope, before any file is there."""
