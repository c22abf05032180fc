import test from 'ava'
import { clear, temporaryDirectory } from '../support/mounted.ts'
import { execute, MDEVFS, mdevfs, noMount } from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`uevents for the host: skipped, ${noMount}`)

const LISTENER = `
import socket, sys
listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
listener.bind((0, 1))
listener.settimeout(20)
print('listening', flush=True)
while True:
    message = listener.recv(65536).split(b'\\0')
    if b'mtty' in message[0]:
        print(message[0].decode(), flush=True)
        break
`

mountTest(
  '--host-uevents: who listens where the server runs hears of an mdev; without it nothing',
  async t => {
    const directory = temporaryDirectory()
    const create = `${directory}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create`
    // a network of its own stands for the host's
    const script = `
    node=$1 mdevfs=$2
    python3 -c "$LISTENER" > $3.heard & listener=$!
    until [ -s $3.heard ]; do sleep 0.05; done
    $node $mdevfs mount $3 --profile mtty $4
    echo 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 > ${create}
    if [ -n "$4" ]; then wait $listener; else sleep 1; kill $listener; fi
    $node $mdevfs umount $3
    cat $3.heard
    rm $3.heard`
    try {
      for (const option of ['--host-uevents', '']) {
        const { stdout, code } = await execute(
          'unshare',
          ['-n', 'sh', '-ec', script, 'sh', process.execPath, MDEVFS, directory, option],
          { env: { ...process.env, LISTENER } },
        )
        t.is(code, 0)
        const heard = stdout.trim().split('\n').slice(1)
        if (option === '') t.deepEqual(heard, [])
        else t.regex(heard[0]!, /^(add|change|bind)@\/(devices|module|bus|class)\/.*mtty/)
      }
    } finally {
      clear(directory)
    }
  },
)

mountTest('--host-uevents and a network of its own exclude each other', async t => {
  const { code, stderr } = await mdevfs('run', '--net', '--host-uevents', '--', 'true')
  t.is(code, 1)
  t.is(
    stderr,
    'mdevfs: --host-uevents and a network of its own exclude each other: leave --net and --udev out.\n',
  )
})
