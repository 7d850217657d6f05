"""Records in a file, and out of it into another log: what is there already is decided purely; archives are files."""
