import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { RunError } from './error.ts'
import { type Running, type RunOptions, run } from './run.ts'

/** Programs that have to be there, by the Debian package that brings them. */
const PROGRAMS = {
  libvirtd: 'libvirt-daemon',
  virsh: 'libvirt-clients',
  mdevctl: 'mdevctl',
} as const

/** Places of administrators' programs that users' PATH may lack. */
const SBIN = ['/usr/sbin', '/sbin']

function isInstalled(program: string): boolean {
  const path = [...(process.env['PATH'] ?? '').split(delimiter), ...SBIN]
  return path.some(directory => directory !== '' && existsSync(join(directory, program)))
}

/** Where Debian and others keep libvirt's drivers. */
const DRIVER_GLOBS =
  '/usr/lib/*/libvirt/connection-driver /usr/lib64/libvirt/connection-driver /usr/lib/libvirt/connection-driver'

/** How long libvirtd may take to answer, in steps of a tenth of a second. */
const PATIENCE = 200

/**
 * Starts a libvirtd that has only the node device driver, knows no other user, and keeps everything in places of its own;
 * then the command takes over.
 */
const SCRIPT = `set -e
drivers=$1 uri=$2
shift 2
PATH=$PATH:/usr/sbin:/sbin
home=/run/mdevfs-libvirt
mkdir -p $home/drivers /run/libvirt
for directory in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
  if [ -d $directory ]; then mount -t tmpfs -o mode=755 mdevfs $directory; fi
done
for driver in $drivers; do
  for directory in ${DRIVER_GLOBS}; do
    if [ -e $directory/libvirt_driver_$driver.so ]; then ln -s $directory/libvirt_driver_$driver.so $home/drivers/; continue 2; fi
  done
  echo "mdevfs: libvirt's driver $driver is not installed: install it first (on Debian: apt-get install libvirt-daemon-driver-$driver)." >&2
  exit 1
done
case $drivers in *qemu*)
  # its user may not be there, and in a user namespace there is none but root
  while read -r file line; do
    cp /etc/$file $home/$file
    grep -q '^libvirt-qemu:' $home/$file || echo $line >> $home/$file
    mount --bind $home/$file /etc/$file
  done << 'EOF'
passwd libvirt-qemu:x:0:0::/:/bin/false
group libvirt-qemu:x:0:
EOF
  printf 'user = "root"\ngroup = "root"\ncgroup_controllers = []\n' > /etc/libvirt/qemu.conf
esac
cat > $home/libvirtd.conf << 'EOF'
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
EOF
LIBVIRT_DRIVER_DIR=$home/drivers libvirtd -f $home/libvirtd.conf -p $home/libvirtd.pid > $home/libvirtd.log 2>&1 < /dev/null &
daemon=$!
tries=0
until virsh -c $uri uri > /dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt ${PATIENCE} ] || ! kill -0 $daemon 2> /dev/null; then
    echo "mdevfs: libvirtd does not answer; it said:" >&2
    tail -n 5 $home/libvirtd.log >&2
    exit 1
  fi
  sleep 0.1
done
LIBVIRT_DEFAULT_URI=$uri
export LIBVIRT_DEFAULT_URI PATH
exec "$@"
`

export interface LibvirtOptions extends Omit<RunOptions, 'udev' | 'network'> {
  /** QEMU's driver as well, which detaches devices from their drivers. */
  readonly qemu?: boolean
}

/**
 * Runs a command beside a libvirtd of its own that manages the machine's devices: virsh lists, creates and starts what is
 * not there. udev runs too, since libvirt learns of devices from it.
 */
export function runLibvirt({ command, qemu = false, ...options }: LibvirtOptions): Running {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isInstalled(program))
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(' ')
    const programs = new Intl.ListFormat('en').format(missing.map(([program]) => program))
    throw new RunError(
      `${programs} ${missing.length === 1 ? 'is' : 'are'} not installed: on Debian, apt-get install ${packages}.`,
    )
  }
  const [drivers, uri] = qemu ? ['nodedev qemu', 'qemu:///system'] : ['nodedev', 'nodedev:///system']
  return run({ ...options, udev: true, command: ['sh', '-c', SCRIPT, 'sh', drivers, uri, ...command] })
}
