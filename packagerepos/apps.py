from django.apps import AppConfig


class PackageReposConfig(AppConfig):
    name = "packagerepos"
    verbose_name = "Package repositories"
