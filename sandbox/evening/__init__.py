"""One whole live sale, played against the running product from outside, and counted from three sides."""
