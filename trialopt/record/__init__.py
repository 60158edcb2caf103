"""What a run found: solutions as files and tables, and runs side by side."""
