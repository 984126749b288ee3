"""Raw frames and the tables of their amplifiers, as instrument signature removal takes them."""
