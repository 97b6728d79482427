"""The only code that knows the database, the survey folder and the key of personal data."""
