"""Everything that touches Textual's or the terminal's internals."""
