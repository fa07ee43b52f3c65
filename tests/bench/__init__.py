"""What `make bench` runs: a laboratory of 30 years made in minutes, and how fast it answers."""
