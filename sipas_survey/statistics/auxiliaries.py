class Auxiliaries:
    pass


def solve(a, b):
    pass
