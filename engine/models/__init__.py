"""Which models there are, where they live, how they run on this device."""

import os

# OpenMP reads this when torch is imported, so it is set before anything here can import it. Threads
# that wait by spinning take the processor from whatever else is running: encoding one query on two
# cores took 300 to 1,300 ms beside a training, and 30 to 100 ms with threads that sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
