"""Estimates from any survey: a design on a table, and ten verbs."""
