"""Records for readers: the terminal, figures, reports and files."""

PAGES = ("arms", "given", "patients", "calendar", "coverage", "toxicity", "sources")
"""Whole tables of a run that `show RUN PAGE` prints, in the order in which `--full` has them (the calendar's milestones
are among the patients there, its months on its page only). Here, where naming them
costs no start-up."""

TRUTHS = "truths"
"""The page of what a design is under many possible truths: `show` has it of runs that drew some."""
