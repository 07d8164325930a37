"""Repairs almost-valid JSON, edit by edit; json-repair is the last resort."""
