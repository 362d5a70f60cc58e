"""Durable work: what must happen after a commit, whatever crashes, and what happens by the clock."""
