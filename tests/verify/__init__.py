"""Tests of the checker of runs."""
