"""What is true: tables, functions, definitions, connection, server, store."""
