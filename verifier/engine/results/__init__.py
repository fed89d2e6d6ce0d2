"""What the engine gives: plain data, ready for any report."""
