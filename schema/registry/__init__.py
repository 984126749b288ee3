"""What exists: coordinates, quanta, datasets, collections."""
