import pytest

from deployments.launchers.inference import infer

MANAGE = 'import os\ndef main():\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
ASGI = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
ASYNC = "INSTALLED_APPS = ['channels']\n"


class TestDetect:
    @pytest.mark.parametrize(
        ("files", "target"),
        [
            ({"shop/wsgi.py": WSGI, "shop/asgi.py": ASGI}, "gunicorn shop.wsgi:application"),
            ({"shop/asgi.py": ASGI}, "uvicorn shop.asgi:application"),
            ({"shop/wsgi.py": WSGI, "shop/asgi.py": ASGI, "shop/settings.py": ASYNC}, "uvicorn shop.asgi:application"),
            ({}, "gunicorn django.core.wsgi:get_wsgi_application()"),
        ],
    )  # fmt: skip
    def test_chooses_the_interface(self, write, files, target):
        launch = infer(write({"manage.py": MANAGE, "shop/settings.py": "INSTALLED_APPS = []", **files}))

        assert launch.framework == "Django"
        assert target in " ".join(launch.argv)

    def test_finds_the_project_in_its_only_folder(self, write):
        launch = infer(write({"web/manage.py": MANAGE, "web/shop/wsgi.py": WSGI}))

        assert "shop.wsgi:application --chdir web" in " ".join(launch.argv)

    def test_looks_beside_a_package_of_settings(self, write):
        manage = MANAGE.replace("shop.settings", "shop.settings.production")
        launch = infer(write({"manage.py": manage, "shop/settings/production.py": "", "shop/wsgi.py": WSGI}))

        assert launch.argv[1] == "shop.wsgi:application"

    def test_names_the_settings_where_no_file_does(self, write):
        assert infer(write({"manage.py": MANAGE})).env["DJANGO_SETTINGS_MODULE"] == "shop.settings"
