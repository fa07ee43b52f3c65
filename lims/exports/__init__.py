"""What leaves the laboratory in open formats: one batch, or everything, with a verifier."""
