"""Reference solutions of the sheets: the correct code that hand-ins are compared with."""
