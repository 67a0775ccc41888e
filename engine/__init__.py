"""Counterpart's engine: corpora, retrieval, models and judgements, with no user interface."""

import os

# NumPy's OpenBLAS reads this when it is imported, so it is set before anything here can import it.
# What is multiplied in NumPy here is small, and OpenBLAS splits it all the same and lets its
# threads spin for what comes next: a product of 0.2 ms took 30 ms beside other work on two cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
