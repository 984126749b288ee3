"""Parquet files into catalog tables: open, stage, verify, publish."""
