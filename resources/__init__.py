"""Files that ship with Counterpart: models, sample corpus, icons, fonts and API names."""
