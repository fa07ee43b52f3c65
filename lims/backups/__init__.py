"""Backups: a copy of the database with its files, proved before it is called good."""
