"""What is kept: tables, and functions that take a connection and the workspace they work for."""
