"""Whether a build installs packages: the word of the site, of the app and of the bundle, the later one winning."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Management:
    """``text`` is the sentence for the log: which level decided."""

    is_on: bool
    text: str


def decide(*, site: bool, app: bool | None, bundle: bool | None) -> Management:
    """``None`` is a level that says nothing."""
    levels = {"manifest.json in the source": bundle, "the app's settings": app, "the site's setting": site}
    who, is_on = next((who, said) for who, said in levels.items() if said is not None)
    effect = "packages are installed" if is_on else "nothing is installed, the app sees what its interpreter has"
    return Management(bool(is_on), f"Environment management is {'on' if is_on else 'off'} ({who}): {effect}.")
