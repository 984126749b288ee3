"""What goes out: named queries, SQL, the Python client."""
