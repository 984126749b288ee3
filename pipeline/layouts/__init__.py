"""Layouts of cameras' files: how each becomes one exposure."""
