"""A server that holds an API key for clients, which authenticate with access codes.

client ──code──> http/ ──> proxy/ ──key──> endpoint
                   │          │
                   │       relays the bytes of the response and redacts the key
                   │
                 codes/: access codes, limits and the ledger, never content
"""
