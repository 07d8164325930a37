"""Choosing a profile and model; the first-run panel."""
