"""Access codes, their limits, and the usage ledger."""
