"""Pages: one module each, found by the app."""
