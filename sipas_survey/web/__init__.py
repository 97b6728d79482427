"""The web application: a face. Pages parse what was asked, call workflow, and print; they hold no rules."""
