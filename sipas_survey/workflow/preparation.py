"""How far a round has come before its forms go out: frame, freeze, design, draw, print."""

from dataclasses import dataclass

from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store
from sipas_survey.workflow.drawing import DrawRecord, standing_record
from sipas_survey.workflow.frame import Frozen, frozen_of


@dataclass(frozen=True)
class Preparation:
    """What stands of the steps before the field: people in the frame, and the later steps as far as they are done."""

    units: int
    frozen: Frozen | None
    designed: bool
    drawn: DrawRecord | None
    printed: bool

    @property
    def step(self) -> int:
        """The step that comes next: 1 frame, 2 design, 3 freeze, 4 draw, 5 papers."""
        if self.drawn is not None:
            return 5
        if not self.units:
            return 1
        if not self.designed:
            return 2
        return 3 if self.frozen is None else 4


def prepared(store: Store) -> Preparation:
    """Where the preparation of the round stands."""
    with store.read() as connection:
        frozen = frozen_of(connection) if ledger.standing(connection, "freeze_frame") else None
        return Preparation(
            units=frozen.units if frozen else frames.size(connection),
            frozen=frozen,
            designed=ledger.last_details(connection, "set_design") is not None,
            drawn=standing_record(connection) if casebook.drawn(connection) else None,
            printed=casebook.any_printed(connection),
        )
