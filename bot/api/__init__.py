"""The JSON API: what the service knows, for scripts that hold a token."""
