"""When things happen: the command line, Prefect, the environment and the network."""
