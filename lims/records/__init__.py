"""Values in, PDF out: the papers that are kept, signed and shown to an inspector."""
