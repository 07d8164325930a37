"""A virtualized scroll view for any number of text lines, used by inspector and workbench."""
