"""The second room: the life of a form, and the counts that follow from it."""
