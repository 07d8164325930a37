"""Recovery of the rows of a damaged database."""
