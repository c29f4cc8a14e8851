"""What the stories need to drive the real binary from outside: nothing in here knows how Licet works within."""
