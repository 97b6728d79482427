"""Who looks: the scope that every reading function is given."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who reads: the districts (strata of places) he may see; None means all of them.

    The scope is applied once, in the queries of `storage`.
    """

    name: str
    districts: frozenset[str] | None = None

    def sees(self, district_code: str) -> bool:
        """Whether a row of this district is in scope."""
        return self.districts is None or district_code in self.districts


EVERYONE = Viewer("everyone")
