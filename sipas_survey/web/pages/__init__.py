"""The pages: one module each, with a `router`. See `sipas_survey.web.navigation` for how a page is added."""
