"""How large a file may be before it is opened."""

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that are checked before a file's content is taken into memory.

    text_bytes      size of a CSV or Parquet file; both are read in pieces
    workbook_bytes  size of an XLSX file as it lies on the disk
    unpacked_bytes  size of all its parts, unpacked
    ratio           unpacked to packed size, judged from `ratio_from` unpacked bytes on
    entries         number of parts
    cells           rows × columns of one sheet, up to its last filled row and column; it is held in memory whole
    rows            rows of one sheet: the most that the format knows
    shared_text     one text that the cells of a workbook share, with its markup: more than the format allows
    shared_bytes    the longest such text, once for every cell that shows one
    columns         columns of any table: the most that a workbook knows
    held_cells      rows × columns of a table that is held in memory whole
    """

    text_bytes: int = 4096 * _MIB
    workbook_bytes: int = 100 * _MIB
    unpacked_bytes: int = 1024 * _MIB
    ratio: int = 200
    ratio_from: int = 16 * _MIB
    entries: int = 2_000
    cells: int = 12_000_000
    rows: int = 1_048_576
    shared_text: int = 1 << 18
    shared_bytes: int = 4096 * _MIB
    columns: int = 16_384
    held_cells: int = 60_000_000


LIMITS = Limits()
