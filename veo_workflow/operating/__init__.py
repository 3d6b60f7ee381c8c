"""What a running system says of itself: alive, ready, its figures; and the thread that follows a request."""
