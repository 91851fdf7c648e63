"""One finished run as pictures, numbers and one HTML page."""
