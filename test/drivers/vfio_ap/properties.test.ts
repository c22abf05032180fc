import test from 'ava'
import fc from 'fast-check'
import { RELEASES } from '../../../src/sysfs/release.ts'
import { uuid } from '../../support/machine.ts'
import { type ApBench, host } from '../ap/host.ts'
import { CARDS, DOMAINS, Model, type Part, queueName } from './model.ts'

const TYPE = '/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough'
const DRIVERS = ['cex4queue', 'vfio_ap'] as const

/** One operation: done to the tree and to the model, which have to answer alike. */
type Step = (bench: ApBench, model: Model) => readonly [tree: number | string, model: string | undefined]

const number = (numbers: readonly number[]) => fc.constantFrom(...numbers)
// besides what the host has: a card that is not there, a domain without queues, and numbers beyond the maximum
const adapters = number([3, 4, 3, 4, 5, 9, 256])
const domains = number([0x04, 0x16, 0x16, 0x47, 0x20, 85])
const mdev = fc.integer({ min: 1, max: 2 }).map(uuid)
const queue = fc.tuple(number([3, 4]), number([0x04, 0x16, 0x16]))

const assignment = fc
  .constantFrom<Part>('adapter', 'domain', 'control_domain')
  .chain(part => fc.tuple(fc.constant(part), part === 'adapter' ? adapters : domains))

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(mdev, assignment).map(
      ([name, [part, id]]): Step =>
        ({ sh }, model) => {
          if (!model.mdevs.has(name)) return [0, undefined]
          return [
            sh.try(`/sys/bus/mdev/devices/${name}/assign_${part}`, String(id)),
            model.assign(name, part, id),
          ]
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(mdev, assignment).map(
      ([name, [part, id]]): Step =>
        ({ sh }, model) => {
          if (!model.mdevs.has(name)) return [0, undefined]
          const answer = sh.try(`/sys/bus/mdev/devices/${name}/unassign_${part}`, `0x${id.toString(16)}\n`)
          return [answer, model.unassign(name, part, id)]
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom<'+' | '-'>('+', '-', '-'),
        fc.oneof(
          fc.tuple(fc.constant('apmask' as const), fc.subarray([3, 4], { minLength: 1 })),
          fc.tuple(fc.constant('aqmask' as const), fc.subarray([0x04, 0x16], { minLength: 1 })),
        ),
      )
      .map(
        ([sign, [which, numbers]]): Step =>
          ({ sh }, model) => [
            sh.try(`/sys/bus/ap/${which}`, numbers.map(n => `${sign}${n}`).join(',')),
            model.mask(which, sign, numbers),
          ],
      ),
  },
  {
    weight: 3,
    arbitrary: mdev.map(
      (name): Step =>
        ({ sh }, model) => [sh.try(`${TYPE}/create`, name), model.create(name)],
    ),
  },
  {
    weight: 1,
    arbitrary: mdev.map(
      (name): Step =>
        ({ sh }, model) => {
          if (!model.mdevs.has(name)) return [0, undefined]
          model.remove(name)
          return [sh.try(`/sys/bus/mdev/devices/${name}/remove`, '1'), undefined]
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...DRIVERS), fc.boolean(), queue).map(
      ([driver, on, [adapter, domain]]): Step =>
        ({ sh }, model) => [
          sh.try(`/sys/bus/ap/drivers/${driver}/${on ? 'bind' : 'unbind'}`, queueName(adapter, domain)),
          on ? model.bind(driver, adapter, domain) : model.unbind(driver, adapter, domain),
        ],
    ),
  },
)

for (const release of RELEASES) {
  test(`${release}: whatever is done in whatever order, the tree answers as plain sets do`, t => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 10, maxLength: 60 }), sequence => {
        const bench = host(release)
        const model = new Model(release)
        // most has to do with mdevs and with what the host leaves to them
        model.mask('aqmask', '-', [0x16])
        bench.sh.put('/sys/bus/ap/aqmask', '-0x16')
        for (const name of [uuid(1), uuid(2)]) {
          model.create(name)
          bench.sh.put(`${TYPE}/create`, name)
        }
        for (const step of sequence) {
          const [answer, errno] = step(bench, model)
          t.is(typeof answer === 'number' ? undefined : answer, errno)
          compare(bench, model)
        }
      }),
      { numRuns: 60 },
    )
  })

  const compare = ({ sh }: ApBench, model: Model): void => {
    for (const name of model.mdevs.keys()) {
      for (const [file, text] of Object.entries(model.files(name)))
        if (sh.cat(`/sys/bus/mdev/devices/${name}/${file}`) !== text)
          throw new Error(`${file} reads ${sh.cat(`/sys/bus/mdev/devices/${name}/${file}`)}, not ${text}`)
    }
    const lists = new Map(DRIVERS.map(driver => [driver, new Set(sh.ls(`/sys/bus/ap/drivers/${driver}`))]))
    for (const adapter of CARDS) {
      for (const domain of DOMAINS) {
        const name = queueName(adapter, domain)
        const path = `/sys/bus/ap/devices/${name}`
        const holder = model.holders.get(name)
        for (const driver of DRIVERS)
          if (lists.get(driver)!.has(name) !== (driver === holder)) throw new Error(`${name} in ${driver}`)
        const linked = sh.exists(`${path}/driver`)
          ? sh.readlink(`${path}/driver`).split('/').at(-1)
          : undefined
        if (linked !== holder) throw new Error(`${name} is linked to ${linked}, not ${holder}`)
        if (
          release !== '5.10' &&
          holder === 'vfio_ap' &&
          sh.cat(`${path}/status`) !== model.status(adapter, domain)
        )
          throw new Error(`status of ${name} reads ${sh.cat(`${path}/status`)}`)
      }
    }
    if (release === '5.10') return
    const bound = [...model.holders.values()].filter(holder => holder !== undefined).length
    const total = CARDS.length * DOMAINS.length
    const bindings = `${bound}/${total}${bound === total ? ' (complete)' : ''}\n`
    if (sh.cat('/sys/bus/ap/bindings') !== bindings) throw new Error(`bindings reads ${bindings}`)
  }
}
