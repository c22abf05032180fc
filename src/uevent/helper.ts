import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** Reads length-prefixed messages (32 bits, big-endian) and sends each to the kernel. */
const PERL = `use Socket;
socket(my $s, 16, SOCK_RAW, 15) or exit 1;
binmode STDIN;
while (read(STDIN, my $n, 4) == 4) {
  read(STDIN, my $m, unpack("N", $n)) or last;
  send($s, $m, 0, pack("S x2 L L", 16, 0, 0));
}`

const PYTHON = `import socket, struct, sys
s = socket.socket(16, socket.SOCK_RAW, 15)
while len(n := sys.stdin.buffer.read(4)) == 4:
    s.sendto(sys.stdin.buffer.read(struct.unpack(">I", n)[0]), (0, 0))`

/** Programs that can open a netlink socket, and are on nearly every system. */
const INTERPRETERS = [
  ['perl', '-e', PERL],
  ['python3', '-c', PYTHON],
] as const

/** A process that sends uevents for this one, where no netlink socket can be opened from here. */
export class UeventHelper {
  readonly #process: ChildProcess

  /** Throws where neither interpreter is there. */
  constructor() {
    const found = INTERPRETERS.find(
      ([name]) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
    )
    if (!found) throw new Error('uevents need koffi, perl or python3: none of them is here')
    const [name, ...args] = found
    this.#process = spawn(name, args, { stdio: ['pipe', 'ignore', 'inherit'] })
    this.#process.stdin!.on('error', () => {})
  }

  send(message: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(message.length)
    this.#process.stdin!.write(length)
    this.#process.stdin!.write(message)
  }

  /** Lets it end after what it was given. */
  close(): void {
    this.#process.stdin!.end()
  }
}
