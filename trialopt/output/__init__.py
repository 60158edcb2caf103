"""Records for readers: the terminal, figures, reports and files."""
