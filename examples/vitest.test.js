// npx vitest run --root . examples/vitest.test.js
import { openVolume } from 'mdevfs'
import { beforeEach, expect, test } from 'vitest'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

/** The program under test takes the file system that it is to use, node:fs otherwise. */
function createDevice(fs, type) {
  fs.writeFileSync(`/sys/class/mdev_bus/mtty/mdev_supported_types/${type}/create`, UUID)
  return fs.realpathSync(`/sys/bus/mdev/devices/${UUID}`)
}

let fs
beforeEach(() => {
  fs = openVolume({ profiles: ['mtty'] })
})

test('the program creates a device', () => {
  expect(createDevice(fs, 'mtty-2')).toBe(`/sys/devices/virtual/mtty/mtty/${UUID}`)
})

test('and passes on what the kernel says', () => {
  expect(() => createDevice(fs, 'mtty-3')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
})
