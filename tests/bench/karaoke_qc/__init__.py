"""What the quality check says of good songs and of spoiled ones."""
