"""The floor of arithmetic: arrays in, arrays out; each formula with its source."""
