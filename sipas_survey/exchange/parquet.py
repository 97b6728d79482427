"""Parquet files in, batch by batch (needs the extra `engines`)."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

from sipas_survey.exchange.cells import cell_text
from sipas_survey.exchange.limits import Limits
from sipas_survey.problems import Place, stop

_BATCH = 2_000  # the first one is read whenever a file is opened


def open_parquet(path: Path, place: Place, *, limits: Limits) -> Callable[[], Iterator[list[str]]]:
    """A function that reads the records of a Parquet file anew each time: the column names, then the rows, as text.

    Raises SurveyError: EXTRA_MISSING, FILE_UNREADABLE, FILE_TOO_LARGE.
    """
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise stop("EXTRA_MISSING", place, found="pyarrow", extra="engines") from error
    # pyarrow's own errors derive from these; a day or number that Python does not know is an ArithmeticError
    damaged = (ValueError, OSError, TypeError, KeyError, NotImplementedError, ArithmeticError, MemoryError)
    try:
        about = parquet.read_metadata(path)
        sizes = [about.row_group(i).total_byte_size for i in range(about.num_row_groups)]
        names = [str(name) for name in parquet.read_schema(path).names]
        if max(sizes, default=0) > limits.unpacked_bytes or sum(sizes) > limits.text_bytes:
            raise stop("FILE_TOO_LARGE", place)
    except damaged as error:
        raise stop("FILE_UNREADABLE", place) from error

    def records() -> Iterator[list[str]]:
        yield names
        try:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=_BATCH):
                    if batch.nbytes > limits.unpacked_bytes:
                        raise stop("FILE_TOO_LARGE", place)
                    columns = [[cell_text(value) for value in column.to_pylist()] for column in batch.columns]
                    yield from map(list, zip(*columns, strict=True))
        except damaged as error:
            raise stop("FILE_UNREADABLE", place) from error

    return records
