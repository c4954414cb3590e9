"""How each model of the sheet is questioned: one file per model."""
