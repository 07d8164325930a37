"""The database file: opening, schema, transactions, errors of SQLite."""
