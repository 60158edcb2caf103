"""What `pytest -m quick` leaves out beside `slow` and `many`: one list, each line a file or a test of a file."""

from __future__ import annotations

HEAVY: tuple[str, ...] = (
    # Whole files: many seeds against brute force, or a process of its own for each test.
    "engine/test_front.py",
    "engine/test_ranking.py",
    "engine/test_stopping.py",
    "engine/test_unsized.py",
    "engine/test_containing.py",
    "decision/test_agents.py",
    "decision/test_binding.py",
    "decision/test_explain.py",
    "decision/test_frontier.py",
    "decision/test_infeasible.py",
    "decision/test_whatif.py",
    "decision/stability/test_assess.py",
    "decision/stability/test_revalue.py",
    "limits/test_shortage.py",
    "limits/test_repairs.py",
    "model/test_search.py",
    "model/test_golden.py",
    "model/test_other_solver.py",
    "output/figures/test_pictures.py",
    "output/report/test_docs.py",
    "output/report/test_page.py",
    "output/test_protocol.py",
    "output/report/test_explore.py",
    "output/formats/test_formats.py",
    "instances/test_hinges.py",
    "instances/test_references.py",
    "evidence/test_component.py",
    "evidence/test_fits.py",
    "evidence/test_backtest.py",
    "sizing/test_properties.py",
    "sizing/test_answer.py",
    "record/test_recruitment.py",
    "cli/test_docs_alternatives.py",
    "cli/test_docs_explain.py",
    "cli/test_exit_codes.py",
    "cli/test_report.py",
    "cli/test_golden.py",
    "cli/test_library.py",
    "cli/test_schema.py",
    "test_against_brute_force.py",
    "test_benchmarks.py",
    "test_bounds.py",
    "test_metamorphic.py",
    "test_notebooks.py",
    "test_other_solver.py",
    "test_random_documents.py",
    "test_shipped_against_oracle.py",
    "test_sized_against_brute_force.py",
    # One test of a file that is quick otherwise.
    "generate/test_generate.py::test_any_size_is_an_instance_of_that_size",
    "generate/test_generate.py::test_rules_and_limits_of_every_kind_cost_something",
    "generate/test_generate.py::test_toxicity_limits_decide_which_agents_fit_together",
    "test_readme.py::test_every_trialopt_command_runs",
    "test_readme.py::test_every_python_block_runs",
)


def is_heavy(nodeid: str) -> bool:
    """Whether a test, or the file it stands in, is in the list."""
    whole = nodeid.split("[")[0]
    return any(whole == f"tests/{name}" or whole.startswith(f"tests/{name}::") for name in HEAVY)
