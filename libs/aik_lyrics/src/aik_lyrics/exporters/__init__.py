"""karaoke-json in other formats: one module a format."""
