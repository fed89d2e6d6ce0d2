"""The README as it stands outside of the repository: a hook of the build, which has nothing but hatchling."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"\]\((?!https?://|#|mailto:)(?P<path>[^)\s]+)\)")


def standing_alone(readme: str, home: str, revision: str) -> str:
    """The same text; links into the repository lead to that revision of it. home: the URL of the repository."""
    return _LINK.sub(lambda link: f"]({home}/blob/{revision}/{link['path']})", readme)


class Readme(MetadataHookInterface):
    """States the README in the metadata of sdist and wheel."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        home, revision = metadata["urls"]["Source"], f"v{metadata['version']}"
        metadata["readme"] = {"content-type": "text/markdown", "text": standing_alone(text, home, revision)}
