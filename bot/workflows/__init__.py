"""What the assistant does: one file per deed, named as a seller would ask for it."""
