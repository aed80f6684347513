"""What reference managers and indexes export: their records as entries."""
