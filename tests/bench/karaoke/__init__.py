"""Songs whose word times are known, made on the spot, and what the real engines make of them."""
