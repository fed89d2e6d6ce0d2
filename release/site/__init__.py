"""The documents as a site: what Sphinx is told (`conf`), the contents, what is read of the built pages, the folders of
versions."""
