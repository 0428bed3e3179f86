"""What decides: pure rooms, values in and values out."""
