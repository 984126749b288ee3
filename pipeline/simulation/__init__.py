"""A simulated survey: a sky and cameras whose truth is known."""
