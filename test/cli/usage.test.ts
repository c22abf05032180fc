import test from 'ava'
import { mdevfs } from '../support/processes.ts'

/** Command lines that make no sense, and what is said of them. */
const CASES: readonly (readonly [line: string, said: string])[] = [
  ['', 'Name a command: mdevfs --help lists them.'],
  ['profils', 'There is no command profils; did you mean profiles?'],
  ['unmount /tmp', 'There is no command unmount; did you mean umount?'],
  ['config dif a b', 'There is no command dif; did you mean diff?'],
  ['xyzzy', 'There is nothing to do with xyzzy: mdevfs --help lists the commands.'],
  ['run --kernl 6.1 -- true', 'There is no option --kernl; did you mean --kernel?'],
  ['tree --profle=mtty', 'There is no option --profle=mtty; did you mean --profile?'],
  ['run sh -c true', 'There is no option -c: those of a program go behind --, as in mdevfs run -- ls -l.'],
  ['run --profile', '--profile needs a value.'],
  ['run --kernel 5.1 -- true', '--kernel 5.1 is none of "5.10", "6.1", "6.12".'],
  ['mount', 'mount needs to know what: mdevfs mount --help shows an example.'],
  ['mount /tmp --ready-fd 5', '--ready-fd needs --foreground.'],
  ['mount /tmp --foreground --ready-fd x', '--ready-fd is not a number.'],
  ['mount /tmp --foreground --log x', '--log is for servers in the background.'],
]

for (const [line, said] of CASES) {
  test(`mdevfs ${line}`, async t => {
    const { code, stdout, stderr } = await mdevfs(...line.split(' ').filter(word => word !== ''))
    t.is(stderr, `mdevfs: ${said}\n`)
    t.is(stdout, '')
    t.is(code, 2)
  })
}

test('what can not be done is status 1 and one sentence', async t => {
  const cases = [
    [['umount', '/no/such/directory'], 'mdevfs: There is no directory /no/such/directory.\n'],
    [['umount', '/'], 'mdevfs: There is no mdevfs mount on /: findmnt -t fuse.mdevfs lists them.\n'],
    [
      ['tree', '/sys/clas'],
      'mdevfs: /sys/clas is not there: /sys has no clas (mdevfs tree /sys lists it).\n',
    ],
    [
      ['tree', '--profile', 'mtti'],
      'mtti: there is no built-in profile of that name; did you mean "mtty"?\n',
    ],
  ] as const
  for (const [words, said] of cases) {
    const { code, stderr } = await mdevfs(...words)
    t.is(stderr, said)
    t.is(code, 1)
  }
})
