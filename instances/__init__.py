"""Shipped instances: one folder each, found by `trialopt.catalog`."""
