import test from 'ava'
import { sysfsMatchString, sysfsStreq } from '../../../src/sysfs/lib/sysfs.ts'
import { outcome } from '../../support/errno.ts'

test('sysfs_streq forgives one newline at the end of either', t => {
  for (const [a, b] of [
    ['on', 'on'],
    ['on\n', 'on'],
    ['on', 'on\n'],
    ['on\n', 'on\n'],
    ['on\n\n', 'on\n'],
    ['', '\n'],
    ['on\0off', 'on'],
    ['on\n\0off', 'on'],
  ] as const) {
    t.true(sysfsStreq(a, b), JSON.stringify([a, b]))
  }
  for (const [a, b] of [
    ['on', 'off'],
    ['on\n\n', 'on'],
    ['on ', 'on'],
    [' on', 'on'],
    ['ON', 'on'],
    ['on', ''],
    ['\non', 'on'],
    ['', '\n\n'],
  ] as const) {
    t.false(sysfsStreq(a, b), JSON.stringify([a, b]))
  }
})

test('sysfs_match_string tells the place, or EINVAL', t => {
  const strings = ['auto', 'on', 'off']
  t.is(sysfsMatchString(strings, 'auto'), 0)
  t.is(sysfsMatchString(strings, 'off\n'), 2)
  for (const text of ['', '\n', 'of', 'offs', 'on\n\n', 'On']) {
    t.is(
      outcome(() => sysfsMatchString(strings, text)),
      'EINVAL',
    )
  }
})
