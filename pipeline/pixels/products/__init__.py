"""Calibration products from sequences of frames, and how well they are known."""
