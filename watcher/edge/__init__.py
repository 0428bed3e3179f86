"""What touches the world: files, network, database. It decides nothing."""
