"""When things happen: the command line, Prefect, the environment and the network."""

import os

# Matrices of a load are small, and threads of OpenBLAS wait for each other, spinning, longer than they compute: to
# find the neighbours of 28,820 papers took 4.5 processor seconds with two of them, and 0.3 with one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
