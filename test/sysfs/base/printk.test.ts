import test from 'ava'
import { Kernel } from '../../../src/sysfs/base/kernel.ts'
import { O_RDWR } from '../../../src/sysfs/kernfs/file.ts'
import { outcome } from '../../support/errno.ts'
import { Shell } from '../../support/tree.ts'

function booted() {
  let seconds = 100
  const kernel = new Kernel({ clock: { now: () => ({ sec: seconds, nsec: 500_000_000 }) } })
  const file = new Shell(kernel.root).open('/dev/kmsg', O_RDWR)
  const read = (offset: number, length = 8192) =>
    outcome(() => Buffer.from(file.read(offset, length)).toString('latin1'))
  return {
    kernel,
    file,
    read,
    later: () => {
      seconds++
    },
  }
}

test('kmsg gives a record each read, and nothing at the end until there is more', t => {
  const { kernel, read, later } = booted()
  t.is(read(0), '')
  later()
  kernel.printk('one')
  kernel.printk('a\\b\tc')
  t.is(read(0), '6,0,1000000,-;one\n')
  t.is(read(18), '6,1,1000000,-;a\\x5cb\\x09c\n')
  t.is(read(44), '')
  kernel.printk('three')
  t.is(read(44), '6,2,1000000,-;three\n')
  t.is(read(0), '6,0,1000000,-;one\n')
})

test('kmsg: a record that does not fit stays to be read, EINVAL', t => {
  const { kernel, read } = booted()
  kernel.printk('text')
  t.is(read(0, 10), 'EINVAL')
  t.is(read(0), '6,0,0,-;text\n')
})

test('kmsg: what is written has a level, or is a warning of the user', t => {
  const { file, read } = booted()
  file.write(Buffer.from('<3>broken\n'), 0)
  file.write(Buffer.from('hello'), 0)
  t.is(
    outcome(() => file.write(Buffer.alloc(1025), 0)),
    'EINVAL',
  )
  t.is(read(0), '11,0,0,-;broken\n')
  t.is(read(1), '12,1,0,-;hello\n')
})

test('the log keeps the newest records', t => {
  const { kernel, read } = booted()
  for (let i = 0; i < 300; i++) kernel.printk(`message ${i}`)
  t.is(kernel.messages.length, 256)
  t.is(read(0), '6,44,0,-;message 44\n')
})
