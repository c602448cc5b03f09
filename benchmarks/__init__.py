"""Ratios of Syncline to the engines' own bulk commands, measured side by side.

`make benchmark` starts private servers and runs `python -m benchmarks`. Every measured
step is a process of its own; the raw command and ours take turns, round by round, and
medians are compared. Absolute times say little about another machine, ratios do.
"""
