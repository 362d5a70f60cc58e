"""The assistant: what it hears, what it decides, what it does."""
