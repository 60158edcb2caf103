"""Tables for people at a terminal, drawn with rich from a `Solution` or a `Comparison`."""
