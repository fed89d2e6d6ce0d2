"""What commands are asked with: settings, manifests of one side or two, terms, the base of a gate."""
