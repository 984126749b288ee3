"""The catalogs: one Felis definition each, and what is made from it."""
