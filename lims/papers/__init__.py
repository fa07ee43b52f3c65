"""From the database to paper: the values of labels and records, gathered for the pure engines."""
