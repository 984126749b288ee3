"""The documentation: hand-written pages, and the generator of the others."""
