"""A picture of what was aligned: the song's waveform with every word at its place."""
