"""Where packages come from when neither a workspace nor a source says anything."""

from django.conf import settings

from packagerepos import pip_conf
from packagerepos.indexes import Indexes, Transport


def read() -> Indexes:
    """The site's pip.conf over the public index. Raises ``pip_conf.BadPipConf``."""
    transport = Transport(
        proxy=settings.HTTPS_PROXY or None,
        http_proxy=settings.HTTP_PROXY or None,
        no_proxy=settings.NO_PROXY or None,
    )
    return pip_conf.over(pip_conf.read(settings.PIP_CONF), Indexes(transport=transport))
