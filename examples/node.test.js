// node --test examples/node.test.js
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { mount } from 'mdevfs'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
let sys

before(async () => {
  sys = await mount({ profiles: ['mtty'], kernel: '6.1' })
})
after(() => sys.unmount())

test('creating a device is announced', async () => {
  writeFileSync(`${sys.path}/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create`, UUID)
  for await (const { action, devpath } of sys.events) {
    if (!devpath.endsWith(UUID)) continue
    assert.equal(action, 'add')
    break
  }
})

test('the same UUID twice is refused', () => {
  assert.throws(
    () => writeFileSync(`${sys.path}/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create`, UUID),
    { code: 'EEXIST' },
  )
})
