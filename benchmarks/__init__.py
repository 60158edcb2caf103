"""Benchmarks: the engine, and the compact model by HiGHS and by SCIP, on the same synthetic instances in one run.

python -m benchmarks --quick        # a few minutes: that everything runs
python -m benchmarks --full         # hours: the numbers of docs/benchmarks.md
"""
