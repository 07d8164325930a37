"""Full-text search over saved conversations.

`fts_index` maintains the FTS5 index and finds the IDs of matching conversations; `short_terms`
extends it to words of one or two characters; `ranked_results` finds and ranks titles and messages
for the list (Ctrl+O); `search_as_you_type` runs that on its own thread and connection.
"""
