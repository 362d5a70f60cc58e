"""Stand-ins for the outside world: loopback servers that speak the real wire protocols, strictly.

Nothing here is imported by the product, and nothing here imports it: a stand-in is written from the provider's
documentation, so that the two can disagree.
"""
