"""Further people in the journeys' workspace."""

import json

from tests.journeys.platform import Platform


def add_member(platform: Platform, email: str) -> str:
    """A token of a new member of the first workspace. Joining in the browser is another journey."""
    code = (
        "import json; from workspaces.models import Membership, User, Workspace;"
        "from workspaces import principals; from workspaces.operations import access_tokens;"
        "workspace = Workspace.objects.order_by('id').first();"
        f"user = User.objects.create_user({email!r}, None, name='Member');"
        "Membership.objects.create(workspace=workspace, user=user);"
        "principal = principals.of_user(user, workspace.slug);"
        "print(json.dumps(access_tokens.create(principal, label='journey')[1]))"
    )
    token: str = json.loads(platform.manage("shell", "--no-imports", "-c", code))
    return token
