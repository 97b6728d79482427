"""The web application: a face. Pages parse what was asked, call workflow, and print; they hold no rules.

How a page is added:

1. a module in `pages` with a `router`. Each address depends on `Door(Right.…)` (`asking.py`), which gives it `Asked`:
   the survey with the user as its author, his scope (`viewer`, to be handed to every reading function), his language,
   the fields of a posted form (files: `await request.form()` in an `async` address of its own). A page is
   `include_in_schema=False` and returns `page(asked, "name.html", …)`; a list has the twins `/name.json` (`as_json`)
   and `/name.csv` (`as_csv`) of every row of its filter; what was done ends in `back("/name")`. Problems are raised,
   or returned by `told`; nothing catches them in between.
2. the module's name in `navigation.MODULES`, and an entry of `navigation.BAR`: address, word, right.
3. a template that extends `base.html`: `w` for words, `n`, `pct`, `day` for values, `csrf.html` in every form that
   posts. No inline script or style: the policy forbids both. What needs a script stands in `static/sipas.js`, works by
   `data-…` attributes, and the page works without it.
4. words in `messages/words/*.toml`: `page_name` and whatever else is said.

Then the matrix of roles and addresses (tests/web), the requests made from the description, and the pictures
(docs/screenshots.py) find it by themselves.
"""
