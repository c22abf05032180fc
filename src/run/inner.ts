/** A word for sh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Devices that programs open by name, and do not expect to be links. */
const DEVICES = 'null zero full random urandom tty console ptmx kvm fuse'

/** Directories of /dev that are mounts of their own. */
const DIRECTORIES = 'pts shm mqueue hugepages net'

/**
 * What runs in the inner namespace, with the command as its arguments: the fake is bound to its places, its mount goes
 * out of sight, and the command takes over the process.
 *
 * Where there is no /dev/vfio, none may be made in a /dev that others see: /dev then becomes a directory of its own
 * (put together on /sys, where the fake goes last), with the usual devices bound in and links to all others.
 *
 * @param place where the fake is mounted
 * @param parts directories below /sys that stay the real ones
 */
export function innerScript(place: string, parts: readonly string[]): string {
  const fake = quote(place)
  const binds = parts.map(part => `mount --rbind ${quote(`/sys/${part}`)} ${fake}${quote(`/sys/${part}`)}`)
  return `set -e
here=$(pwd)
${binds.join('\n')}
if [ -d ${fake}/dev/vfio ] && [ ! -d /dev/vfio ]; then
  mount -t tmpfs -o mode=755 mdevfs /sys
  cd /sys
  mkdir .real vfio
  mount --rbind /dev .real
  ln -s .real/* .
  for name in ${DEVICES}; do
    if [ -c ".real/$name" ]; then rm "$name"; : > "$name"; mount --bind ".real/$name" "$name"; fi
  done
  for name in ${DIRECTORIES}; do
    if [ -d ".real/$name" ]; then rm "$name"; mkdir "$name"; mount --rbind ".real/$name" "$name"; fi
  done
  cd /
  mount --rbind /sys /dev
  umount -l /sys
fi
if [ -d ${fake}/dev/vfio ]; then mount --bind ${fake}/dev/vfio /dev/vfio; fi
mount --rbind ${fake}/sys /sys
umount -l ${fake}
cd "$here"
exec "$@"
`
}
