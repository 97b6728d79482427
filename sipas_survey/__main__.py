"""`python -m sipas_survey` is `sipas`."""

from sipas_survey.cli.app import main

main()
