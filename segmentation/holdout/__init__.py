"""What is known before a cut, what came after it, and what segments of the one say of the other."""
