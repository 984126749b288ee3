"""Which files are rows of which catalog table."""
