# Runs one of PostgreSQL's programs as an unprivileged uid, inside a mount namespace of its own:
# data, sockets and the wheel may lie in folders that only root may enter, so they are bound below /mnt.
# Arguments: uid, site-packages, data folder, socket folder, program, its arguments.
# There is no fork: signals and deaths go straight between the program and whoever supervises it.
set -eu
uid=$1 install=$2 data=$3 sockets=$4 program=$5
shift 5
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir /mnt/install /mnt/data /mnt/sockets
mount --bind "$install" /mnt/install
mount --bind "$data" /mnt/data
mount --bind "$sockets" /mnt/sockets
# initdb wants a name for its uid; the machine's own /etc/passwd stays as it is.
{ cat /etc/passwd; echo "slipway-postgres:x:$uid:$uid::/:/usr/sbin/nologin"; } >/mnt/passwd
chmod 0644 /mnt/passwd
mount --bind /mnt/passwd /etc/passwd
exec setpriv --pdeathsig INT --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs "$program" "$@"
