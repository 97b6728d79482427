"""The program `sipas`: parse, call, print."""
