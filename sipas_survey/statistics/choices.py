"""The names of methods that can be chosen from. Nothing is loaded with them."""

from enum import StrEnum


class Lonely(StrEnum):
    """What a stratum with one cluster, not taken whole, adds to the variance.

    fail: NaN, unless its score is 0 · remove, certainty: nothing · adjust: its square about the mean of the clusters
    of all strata · average: the mean of what the other strata add.
    """

    FAIL = "fail"
    REMOVE = "remove"
    CERTAINTY = "certainty"
    ADJUST = "adjust"
    AVERAGE = "average"


class Distance(StrEnum):
    """How far weights go from where they were: Deville & Särndal (1992), cases 1, 2, 6."""

    LINEAR = "linear"
    RAKING = "raking"
    LOGIT = "logit"


class ReplicateMethod(StrEnum):
    """What replicate weights of a file were made by."""

    BRR = "brr"
    FAY = "fay"
    JK1 = "jk1"
    JKN = "jkn"
    BOOTSTRAP = "bootstrap"


class ShareInterval(StrEnum):
    """How the interval of a share is made."""

    LOGIT = "logit"
    BETA = "beta"
    WILSON = "wilson"
    STUDENT = "t"
    ASIN = "asin"
