"""Published arm-level evidence, and the agent parameters estimated from it.

``library``     the sourced tables as DataFrames
``arms``        the arms the fits use, one row each
``component``   the additive component model and its posterior
``response``, ``toxicity``, ``hazard``   the three fits
``diagnostics`` residuals by trial, leave one trial out
``backtest``    every combination trial predicted from earlier ones
``precedent``   which agents were given together in people
``rebuild``     the fitted tables, rewritten and compared

Nothing here is imported by the rest of the package at start-up, and this package imports nothing from it.
"""
