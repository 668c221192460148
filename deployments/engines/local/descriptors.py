"""The numbers under which launch.py hands its open files to the command of launch.json."""

#: The program's environment, as ``sandbox.env_script`` writes it.
ENVIRONMENT = 3
#: Where bubblewrap, or the shell in its place, writes how the program ended.
STATUS = 4
#: The first private file; the others follow.
FIRST_FILE = 5
