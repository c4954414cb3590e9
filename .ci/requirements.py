"""Print what the project needs, one requirement per line, from pyproject.toml."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
for part in (project["dependencies"], *project["optional-dependencies"].values()):
    print("\n".join(part))
