"""What a header of any known instrument says, before anything is ingested."""
