"""`make demo`: a place to play, where the sale is seen from four sides on one page in the browser."""
