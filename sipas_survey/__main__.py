"""`python -m sipas_survey` is `sipas`."""

from sipas_survey.cli.app import main

if __name__ == "__main__":  # a process that helps the server reads this file, too
    main()
