"""Native option files of solvers: one folder each, found by `trialopt.catalog`."""
