/** A word for sh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Devices that programs open by name, and do not expect to be links. */
const DEVICES = 'null zero full random urandom tty console ptmx kvm fuse'

/** Directories of /dev that are mounts of their own. */
const DIRECTORIES = 'pts shm mqueue hugepages net'

/** What the inner namespace is to have besides the machine. */
export interface InnerOptions {
  /** Where the fake is mounted. */
  readonly place: string
  /** Directories below /sys that stay the real ones. */
  readonly parts: readonly string[]
  /** Directories bound elsewhere, each as source and destination. */
  readonly binds: readonly (readonly [string, string])[]
  /** Its network namespace is its own. */
  readonly network: boolean
  /** systemd-udevd is to run, with a /run and a /dev of its own. */
  readonly udev: boolean
}

/**
 * A /dev of its own, put together on /sys, where the fake goes last: the usual devices bound in, links to all others. It
 * is needed where /dev has no vfio directory, since none may be made in a /dev that others see.
 */
const OWN_DEV = `mount -t tmpfs -o mode=755 mdevfs /sys
(
  cd /sys
  mkdir .real
  mount --rbind /dev .real
  files= directories=
  set --
  for path in .real/*; do
    name=\${path#.real/}
    case " ${DEVICES} ${DIRECTORIES} vfio " in
      *" $name "*)
        if [ -c "$path" ]; then : > "$name"; files="$files $name"; continue; fi
        if [ -d "$path" ]; then directories="$directories $name"; continue; fi ;;
    esac
    set -- "$@" "$path"
  done
  mkdir -p vfio $directories
  for name in $files; do mount --bind ".real/$name" "$name"; done
  for name in $directories; do mount --rbind ".real/$name" "$name"; done
  ln -s "$@" .
)
mount --rbind /sys /dev
umount -l /sys`

/** Definitions of mdevs are the machine's own; callouts and notifiers are those of the system. */
const OWN_MDEVCTL = `if [ -d /etc/mdevctl.d ]; then
  mount -t tmpfs -o mode=755 mdevfs /sys
  if [ -d /etc/mdevctl.d/scripts.d ]; then cp -r /etc/mdevctl.d/scripts.d /sys/; fi
  mount --bind /sys /etc/mdevctl.d
  umount -l /sys
fi`

const OWN_RUN = `mount -t tmpfs -o mode=755 mdevfs /run
mkdir /run/udev /run/lock`

/**
 * Debian's rule that starts what is defined to start by itself names /usr/sbin/mdevctl, and its package has /usr/bin/mdevctl.
 * A rule of the same name in /run goes before.
 */
const MENDED_RULE = `for rules in /usr/lib/udev/rules.d /lib/udev/rules.d; do
  [ -e $rules/60-mdevctl.rules ] && [ ! -x /usr/sbin/mdevctl ] && mdevctl=$(command -v mdevctl) || continue
  mkdir -p /run/udev/rules.d
  sed "s|/usr/sbin/mdevctl|$mdevctl|g" $rules/60-mdevctl.rules > /run/udev/rules.d/60-mdevctl.rules
  break
done`

/** Waits until udev is there and has seen every device. */
const START_UDEV = `for udevd in /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd; do [ -x $udevd ] && break; done
$udevd > /dev/null 2>&1 < /dev/null &
tries=0
while [ ! -e /run/udev/control ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
udevadm trigger --action=add
udevadm settle --timeout=30`

/**
 * Files of /proc go where the kernel has such files. No other can be made in /proc: they stay where the fake was mounted,
 * and the program is told where that is. The fake itself goes out of sight.
 */
function hide(fake: string): string {
  return `MDEVFS_PROC=
for file in ${fake}/proc/*; do
  [ -e "$file" ] || continue
  if [ -e "/proc/\${file##*/}" ]; then mount --bind "$file" "/proc/\${file##*/}"; else MDEVFS_PROC=${fake}; fi
done
if [ -n "$MDEVFS_PROC" ]; then
  mount --bind ${fake}/proc ${fake}
  export MDEVFS_PROC
else
  unset MDEVFS_PROC
  umount -l ${fake}
fi`
}

/** Directories that were put elsewhere are entered anew, by their names. */
const TAKE_OVER = `case $PWD in
  /sys | /sys/*) cd "$PWD" 2> /dev/null || cd /sys ;;
  /dev | /dev/*) cd "$PWD" 2> /dev/null || cd /dev ;;
esac
command -v -- "$1" > /dev/null || { echo "mdevfs: there is no program $1 here, nor in PATH" >&2; exit 127; }
exec "$@"
`

/**
 * What runs in the inner namespace, with the command as its arguments: the fake is bound to its places, its mount goes
 * out of sight, and the command takes over the process. The environment and the working directory stay what they were.
 */
export function innerScript({ place, parts, binds, network, udev }: InnerOptions): string {
  const fake = quote(place)
  return [
    'set -e',
    network && 'ip link set lo up 2>/dev/null || true',
    ...parts.map(part => `mount --rbind ${quote(`/sys/${part}`)} ${fake}${quote(`/sys/${part}`)}`),
    OWN_MDEVCTL,
    udev ? OWN_DEV : `if [ -d ${fake}/dev/vfio ] && [ ! -d /dev/vfio ]; then\n${OWN_DEV}\nfi`,
    `if [ -d ${fake}/dev/vfio ]; then mount --rbind ${fake}/dev/vfio /dev/vfio; fi`,
    `if [ -e /dev/kmsg ]; then mount --bind ${fake}/dev/kmsg /dev/kmsg; fi`,
    `mount --rbind ${fake}/sys /sys`,
    hide(fake),
    ...binds.map(([source, target]) => `mount --rbind ${quote(source)} ${quote(target)}`),
    udev && OWN_RUN,
    udev && MENDED_RULE,
    udev && START_UDEV,
    TAKE_OVER,
  ]
    .filter(Boolean)
    .join('\n')
}

/** Names that a shell keeps in the environment: some shells drop all others. */
const SHELL_NAME = /^[A-Za-z_]\w*$/

/** The arguments of the script: the command, with those variables put back that the shell may have dropped. */
export function innerCommand(command: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const dropped = Object.entries(env).filter(([name]) => !SHELL_NAME.test(name))
  return dropped.length === 0
    ? [...command]
    : ['env', ...dropped.map(([name, value]) => `${name}=${value}`), ...command]
}
