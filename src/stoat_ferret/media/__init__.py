"""Media files and the ffmpeg program: the part of the application that touches them."""
