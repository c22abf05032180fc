import test from 'ava'
import { fusermount } from '../../src/fuse/index.ts'
import { noPackage } from '../support/native.ts'
import { asUser, USERS_MDEVFS, whyUserCanNot } from '../support/ordinary-user.ts'
import { noMount } from '../support/processes.ts'

const lacking =
  noMount ??
  noPackage() ??
  (fusermount() === undefined ? "there is no setuid fusermount (Debian's fuse)" : undefined) ??
  whyUserCanNot(`test -w /dev/fuse && '${process.execPath}' -v`)
const userTest = lacking === undefined ? test : test.skip
if (lacking !== undefined) console.log(`mount as a user: skipped, ${lacking}`)

/** Runs a script as an ordinary user who has a directory $D of his own, and `mdevfs`. */
async function session(script: string): Promise<string[]> {
  const { stdout, stderr } = await asUser(
    ...['env', 'PATH=/nobody/may/look/here:/usr/sbin:/usr/bin:/sbin:/bin', 'sh', '-c'],
    `exec 2>&1
     mdevfs() { '${process.execPath}' ${USERS_MDEVFS} "$@"; }
     # until it says that, for at most ten seconds
     until_fails() { for i in $(seq 200); do "$@" >/dev/null 2>&1 || return 0; sleep 0.05; done; echo "still: $*"; }
     D=$(mktemp -d) T=$D/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
     ${script}
     rmdir $D`,
  )
  return [...stdout.split('\n'), ...stderr.split('\n')].filter(line => line !== '')
}

userTest('a user mounts by fusermount, owns the machine alone, and unmounts', async t => {
  const lines = await session(`
    mdevfs mount $D --profile mtty && findmnt -n -o FSTYPE,OPTIONS $D
    cat $T/available_instances
    echo 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 >$T/create && cat $T/available_instances
    stat -c %u:%g:%a $T/create
    mdevfs umount $D && ls -A $D
    until_fails pgrep -u 1000 -f "server-process.js.*$D"`)
  t.regex(lines.shift()!, /^fuse\.mdevfs rw,nosuid,nodev,noexec,.*user_id=1000,.*default_permissions$/)
  t.deepEqual(lines, ['24', '23', '1000:1000:200'])
})

userTest('a second mount is refused, and after kill -9 of the server the next recovers', async t => {
  const lines = await session(`
    mdevfs mount $D --profile mtty
    mdevfs mount $D --profile mtty 2>&1 | sed "s:$D:D:g"
    pkill -9 -f "server-process.js.*$D"
    until_fails cat $T/name
    mdevfs mount $D --profile mtty && cat $T/name
    mdevfs umount $D
    mdevfs umount $D 2>&1 | sed "s:$D:D:g"
    until_fails pgrep -u 1000 -f "server-process.js.*$D"`)
  t.deepEqual(lines, [
    'mdevfs: mdevfs is mounted on D already: unmount it first (mdevfs umount D).',
    'Single port serial',
    'mdevfs: There is no mdevfs mount on D: findmnt -t fuse.mdevfs lists them.',
  ])
})
