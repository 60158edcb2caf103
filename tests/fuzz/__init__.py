"""Input mutated at random: instance folders, what runs wrote, command lines. `python -m tests.fuzz --help`."""
