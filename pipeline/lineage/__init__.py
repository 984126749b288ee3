"""Lineage that acts: invalidate, reproduce, make, why."""
