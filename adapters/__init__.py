"""Payment providers: one contract, one module each."""
