"""Every limit and rule by name: moved, left out, in conflict, repaired."""
