"""What all billing papers have in common: their columns, numbers, values and files."""
