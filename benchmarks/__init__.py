"""How fast Live Assist is: every target, measured beside references on the same machine in the same run."""
