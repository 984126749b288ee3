"""What is known to be wrong in the headers of files, and the files that say so."""
