from deployments.launchers.modules import Source
from deployments.launchers.servers import uvicorn_requirements


class TestUvicornRequirements:
    def test_is_the_server_alone(self, write):
        assert uvicorn_requirements(Source(write({"main.py": "import fastapi"}))) == ("uvicorn",)

    def test_brings_websockets_where_a_file_speaks_of_them(self, write):
        source = Source(write({"main.py": "", "rooms/chat.py": "from fastapi import WebSocket"}))

        assert uvicorn_requirements(source) == ("uvicorn", "websockets")
