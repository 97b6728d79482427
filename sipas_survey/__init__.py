"""Survey fieldwork toolkit."""
