"""The third room: from raw answers to indices and verdicts."""
