"""Where a warehouse is published, behind one interface: the file of a home, or a lake."""
