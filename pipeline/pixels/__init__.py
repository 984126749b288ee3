"""Pure array code: it imports nothing of ours and knows no database."""
