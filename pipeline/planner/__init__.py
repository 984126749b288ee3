"""From a pipeline and its input collections to units of work."""
