"""Writing into the registry, always by whole sets of rows."""
