"""Engines: the same reductions as in memory, over files that need not fit there."""
