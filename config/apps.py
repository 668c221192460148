from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"
    label = "platform"
    verbose_name = "Platform"
