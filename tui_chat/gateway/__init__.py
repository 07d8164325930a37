"""Floor 5, beside ui: a server that holds a key, for people who chat with access codes.

client ──code──> app ──> answer ──> upstream ──key──> endpoint
                  │        │
               access,   relay: bytes as they come, guarded for the key
               limits      │
                  └── records: codes and ledger, never content
"""
