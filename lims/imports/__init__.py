"""Files in, rows and their errors out."""
