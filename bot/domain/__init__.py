"""What the shop knows: money, shows, claims, buyers, invoices, how comments read. No I/O and no clock."""
