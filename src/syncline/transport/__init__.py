"""How nodes reach each other: the same messages, carried in different ways."""
