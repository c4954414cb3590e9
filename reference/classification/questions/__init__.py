"""How each method of the sheet is questioned: one file per matter."""
