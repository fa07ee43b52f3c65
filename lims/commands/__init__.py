"""The commands of the command line, each in the file of what it is about."""
