"""Questions for datasets: a small language, and queries that are records."""
