"""Truth, checks and twins of the sheet on autoencoders."""
