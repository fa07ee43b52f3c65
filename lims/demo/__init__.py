"""The demonstration: eighteen months of an invented laboratory, told by its own workflows."""
