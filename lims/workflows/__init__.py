"""What may happen: one file an activity; rules only, never a commit, a request or a page."""
