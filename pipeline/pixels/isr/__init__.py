"""Instrument signature removal: raw amplifiers to one image in electrons."""
