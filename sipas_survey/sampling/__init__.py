"""The first room: from a frame of people to a draw that anyone can repeat."""
