"""What is read by people: lists, reports, charts."""
