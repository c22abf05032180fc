#!/bin/sh
# A machine for a shell script: mounted, used, and gone, however the script ends.
set -e
machine=$(mktemp -d)
trap 'kill $server 2> /dev/null && wait $server || true; rmdir "$machine"' EXIT
mkfifo "$machine.ready"
mdevfs mount "$machine" --profile mtty --foreground > "$machine.ready" &
server=$!
read -r ready < "$machine.ready"
rm "$machine.ready"
[ "$ready" = READY ]

uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
type=$machine/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
echo $uuid > "$type/create"
cat "$type/available_instances"
ls "$machine/sys/bus/mdev/devices"
