"""Platforms where people chat: one contract, one module each."""
