"""A scrolling view of any number of text lines, used by the inspector and the workbench."""
