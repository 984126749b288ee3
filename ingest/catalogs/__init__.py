"""Catalogs made elsewhere: their recipes, their conversion, their lineage."""
