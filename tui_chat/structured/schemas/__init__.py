"""JSON Schemas: lookup, checks, shorthand, validation."""
