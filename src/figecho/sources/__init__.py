"""Documents → pictures: what a file holds, at full depth, or one line on why it cannot be used."""
