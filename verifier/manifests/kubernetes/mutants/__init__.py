"""What the policies would be with one line of a manifest another."""
