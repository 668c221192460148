from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from workspaces.errors import PlatformError
from workspaces.inviting import link
from workspaces.models import Workspace
from workspaces.operations import invitations, workspaces


class Command(BaseCommand):
    help = (
        "Make a workspace and print the link by which its first admin joins. For one that has no admin yet, a second "
        "call makes a new link, and the old one ends."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its short name in addresses: lower-case letters, digits and hyphens")
        parser.add_argument("name", help="its name as people read it")
        parser.add_argument("admin_email", help="the address of its first admin")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, name = options["slug"], options["name"]
        try:
            with transaction.atomic():
                found = Workspace.objects.filter(slug=slug).first()
                workspace = found or workspaces.create_empty(slug=slug, name=name)
                text = invitations.create_by_operator(workspace, email=options["admin_email"], now=timezone.now())
        except PlatformError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from error
        self.stdout.write(f"{workspace.name} is there. Its admin joins here, once, within 7 days:")
        self.stdout.write(link(text))
