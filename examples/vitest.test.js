// npx vitest run --root . examples/vitest.test.js
import { openVolume } from 'mdevfs'
import { expect, test, vi } from 'vitest'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

// the program under test imports node:fs, and gets the machine: nothing is mounted, on any system
vi.mock('node:fs', () => {
  const fs = openVolume({ profiles: ['mtty'] })
  return { ...fs, default: fs }
})

test('the program finds the device', async () => {
  const { readdirSync, writeFileSync } = await import('node:fs')
  writeFileSync('/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create', UUID)
  expect(readdirSync('/sys/bus/mdev/devices')).toEqual([UUID])
})
