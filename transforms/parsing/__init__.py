"""Containers and their records: lines, JSON documents, CSV, XML."""
