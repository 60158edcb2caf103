"""From an answer to a decision: runners-up, fronts, reasons, what-ifs and how far the answer can be trusted."""
