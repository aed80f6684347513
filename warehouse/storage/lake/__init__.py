"""Where a lake lies, how the engine opens it, who may write to it, and where its packages are."""
