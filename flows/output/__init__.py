"""What a user sees: query results, load reports, health, progress, Prefect artifacts."""
