"""What operators can type or tap in chat: a table, a desk that serves it, and one file per family of commands."""
