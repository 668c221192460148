import re

from django.test import Client


class TestErrors:
    def test_an_unknown_address_gets_a_sentence(self, db: None, client: Client) -> None:
        answer = client.get("/nowhere")

        assert answer.status_code == 404
        assert "There is nothing at this address." in answer.content.decode()

    def test_pages_take_nothing_from_elsewhere(self, db: None, client: Client) -> None:
        answer = client.get("/sign-in")

        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert not re.search(
            r"<style|style=|<script(?! type=\"module\" src=\"/static/)| on[a-z]+=\"", answer.content.decode()
        )
