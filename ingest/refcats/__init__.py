"""Reference catalogs: one reader each, one table."""
