"""Plumbing that knows no seller and no provider: errors, HTTP, signatures, redaction, pacing."""
