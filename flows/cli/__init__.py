"""The command line: one file a group of commands; heavy imports wait for their command."""
