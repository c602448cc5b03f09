"""The ledger of runs: what was executed, by whom, and what became of it."""
