"""What the grades mean: the text a judge has in reach, editable for each queue.

A new queue takes over those of the newest one of its corpus.
"""

from __future__ import annotations

DEFAULT = """\
# What is asked
Would somebody who asked this query be served by this code? \
Judge the code as it stands, not its style, and not where it is from. \
When in doubt between two grades, give the lower one.

# 3 · exact
The counterpart: it does what the query does or asks for, and could take its place after renaming.
- Query: a PyTorch training step. Candidate: the same step in TensorFlow, with GradientTape.
- Query: “read a csv file into dictionaries”. Candidate: a function that returns DictReader's rows.

# 2 · strong
The same task with a difference that has to be worked on: a part missing, a variant, more around it.
- Query: a PyTorch training step. Candidate: a whole training loop that contains such a step.
- Query: “read a csv file into dictionaries”. Candidate: it reads the rows as lists.

# 1 · weak
Related, worth a look, and not it: the same topic or the same library for another purpose.
- Query: a PyTorch training step. Candidate: an evaluation step of the same model.
- Query: “read a csv file into dictionaries”. Candidate: a function that writes a csv file.

# 0 · irrelevant
Nothing of use for the query, however many words they share.
- Query: a PyTorch training step. Candidate: a PyTorch data loader.
- Query: “read a csv file into dictionaries”. Candidate: it reads a configuration from the network.
"""
