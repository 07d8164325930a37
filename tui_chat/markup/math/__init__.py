"""Formulas in LaTeX as Unicode text: on one row, or stacked."""
