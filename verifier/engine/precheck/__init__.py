"""What has to hold before anything may be asked."""
