from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces import password_links
from workspaces.models import User


class Command(BaseCommand):
    help = "Print a link where a person can choose a new password, once, within a day. Make sure who gets it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's address")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active person with the address {email!r}.")
        self.stdout.write(password_links.make(user))
