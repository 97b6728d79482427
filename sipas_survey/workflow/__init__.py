"""The story, a chapter per file: one function per sentence (read, think, write)."""
