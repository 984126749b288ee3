"""Runs from one ledger into another: descriptions, lineage, files and the account of the work."""
