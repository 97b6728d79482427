"""Parquet files in, batch by batch (needs the extra `engines`)."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

from sipas_survey.exchange.cells import cell_text
from sipas_survey.problems import Place, stop

_BATCH = 20_000


def open_parquet(path: Path, place: Place) -> Callable[[], Iterator[list[str]]]:
    """A function that reads the records of a Parquet file anew each time: the column names, then the rows, as text.

    Raises SurveyError: EXTRA_MISSING, FILE_UNREADABLE.
    """
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise stop("EXTRA_MISSING", place, found="pyarrow", extra="engines") from error
    # pyarrow's own errors derive from ValueError, OSError, TypeError or NotImplementedError
    damaged = (ValueError, OSError, TypeError, NotImplementedError)
    try:
        names = [str(name) for name in parquet.read_schema(path).names]
    except damaged as error:
        raise stop("FILE_UNREADABLE", place) from error

    def records() -> Iterator[list[str]]:
        yield names
        try:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=_BATCH):
                    columns = [[cell_text(value) for value in column.to_pylist()] for column in batch.columns]
                    yield from map(list, zip(*columns, strict=True))
        except damaged as error:
            raise stop("FILE_UNREADABLE", place) from error

    return records
