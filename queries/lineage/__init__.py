"""Lineage: what a dataset was made from, what was made of it, and whether one may trust it."""
