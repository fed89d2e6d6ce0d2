"""The files that netpol's users write: properties, universes, configuration, acceptances, fleets."""
