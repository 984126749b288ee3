"""What comes in: exposures, reference catalogs, Parquet catalogs."""
