"""One YAML and at most one small translator per camera."""
