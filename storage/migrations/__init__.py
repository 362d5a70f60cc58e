"""Every change the database's shape has been through, forward only."""
