"""Painting: changed rows only, sizes laid out once, cheap scrolling."""
