"""The sample corpus: the same tasks written for several frameworks, and which is which."""
