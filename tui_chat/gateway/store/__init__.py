"""The gateway's records: access codes, reservations and the ledger, in SQLite or PostgreSQL."""
