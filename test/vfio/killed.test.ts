import { once } from 'node:events'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import test from 'ava'
import { uuid } from '../support/machine.ts'
import { mounted } from '../support/mounted.ts'
import { eventually, noMount, start } from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`killed users: skipped, ${noMount}`)

/** A machine with one mdev, and somebody who has it open until he is killed. */
async function guest(
  profile: string,
  type: string,
  setUp: (path: (name: string) => string) => void = () => {},
) {
  const machine = await mounted(['--profile', profile])
  const sys = `${machine.directory}/sys`
  writeFileSync(`${sys}/${type}/create`, uuid(1))
  const mdev = (name: string) => `${sys}/bus/mdev/devices/${uuid(1)}/${name}`
  setUp(mdev)
  const group = `${machine.directory}/dev/vfio/${basename(readlinkSync(mdev('iommu_group')))}`
  const holder = start('sh', [
    ...['-c', 'exec 3<>"$0"; echo held; exec sleep 1000', group],
    ...['-name', 'guest=vm1'],
  ])
  await once(holder.stdout!, 'data')
  return {
    sys,
    mdev,
    /** Killed, and what he held was given back. */
    kill: () => {
      holder.kill('SIGKILL')
      return once(holder, 'exit')
    },
    read: (path: string) => readFileSync(path, 'latin1'),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

function refusal(write: () => void): string | undefined {
  try {
    write()
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

mountTest('queues of a matrix are in use until the guest is killed', async t => {
  const type = 'devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough'
  await using machine = await guest('ap-small', type, mdev => {
    writeFileSync(mdev('assign_adapter'), '4')
    writeFileSync(mdev('assign_domain'), '0x16')
  })
  const status = () => machine.read(`${machine.sys}/devices/ap/card04/04.0016/status`)
  t.is(status(), 'in use\n')
  await machine.kill()
  t.true(await eventually(() => status() === 'assigned\n'))
})

mountTest('an aggregator is fixed until the guest is killed', async t => {
  const parent = 'class/mdev_bus/0000:00:02.0/mdev_supported_types'
  await using machine = await guest('gvtg-pdev1', `${parent}/i915-GVTg_V5_4`)
  const aggregate = () => refusal(() => writeFileSync(machine.mdev('intel_vgpu/aggregator'), '2'))
  t.not(aggregate(), undefined)
  await machine.kill()
  t.true(await eventually(() => aggregate() === undefined))
})

mountTest('parameters are busy until the guest is killed', async t => {
  const parent = 'class/mdev_bus/0000:00:05.0/mdev_supported_types'
  await using machine = await guest('my-nic', `${parent}/my_nic-nic`, mdev =>
    writeFileSync(mdev('migration/applied'), '1'),
  )
  const reset = () => refusal(() => writeFileSync(machine.mdev('migration/applied'), '0'))
  t.is(reset(), 'EBUSY')
  await machine.kill()
  t.true(await eventually(() => reset() === undefined))
})

mountTest('a vGPU has the name of its guest until that is killed', async t => {
  const machines = 'class/mdev_bus/0000:3b:00.0/mdev_supported_types'
  await using machine = await guest('nvidia-p100', `${machines}/nvidia-160`)
  const name = () => machine.read(machine.mdev('nvidia/vm_name'))
  t.is(name(), 'vm1\n')
  await machine.kill()
  t.true(await eventually(() => name() === '\n'))
})
