"""Values in, a drawing out: one definition each for the page and for the paper."""
