"""The scheduler: `paperhouse serve`, its Prefect server, deployments, and recovery of flow runs."""
