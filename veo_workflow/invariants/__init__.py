"""What must hold between rows, objects, scratch and Redis. Nothing in this room changes anything."""
