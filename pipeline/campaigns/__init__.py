"""Reprocessings that are done again and again, compared and judged."""
