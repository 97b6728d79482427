"""Files in and out, keeping sheet, row and column of every cell."""
