"""Records for readers: the terminal, figures, reports and files."""

PAGES = ("arms", "given", "patients", "coverage", "toxicity", "sources")
"""Whole tables of a run that `show RUN PAGE` prints, in the order in which `--full` has them. Here, where naming them
costs no start-up."""
