from packagerepos.models.listed_package import ExternalPackage, ProhibitedPackage
from packagerepos.models.package_policy import Installer, PackagePolicy, ProhibitedAction

__all__ = ["ExternalPackage", "Installer", "PackagePolicy", "ProhibitedAction", "ProhibitedPackage"]
