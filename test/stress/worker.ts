import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { ERRNO } from '../../src/sysfs/lib/errno.ts'
import { type Created, PARENTS } from './machine.ts'

/** One of the processes that work on the same mount: see mdev.test.ts. */

export interface Orders {
  /** How many operations to do. */
  readonly operations: number
  /** Mdevs that somebody removed in the round before. */
  readonly gone: readonly string[]
}

export interface Report {
  /** What was not as it has to be. */
  readonly problems: readonly string[]
  readonly created: number
  readonly refused: number
  readonly mine: readonly Created[]
  readonly removed: readonly string[]
}

const [, , root, index, seed] = process.argv as [string, string, string, string, string]
const sys = `${root}/sys`
const mdevs = `${sys}/bus/mdev/devices`
const mine: Created[] = []
let problems: string[] = []
let removed: string[] = []
let created = 0
let refused = 0
let serial = 0

/** mulberry32: the same numbers for the same seed. */
let state = Number(seed) + Number(index)
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % below
}

function pick<T>(items: readonly T[]): T {
  return items[random(items.length)]!
}

/** The errno that something fails with; undefined where it does not. */
function errno(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    // by number: Node has no name for EUSERS
    return Object.entries(ERRNO).find(([, number]) => number === -errno!)?.[0] ?? String(error)
  }
}

function expect(holds: boolean, problem: string): void {
  if (!holds) problems.push(problem)
}

function expectErrno(wanted: string | undefined, act: () => unknown, what: string): void {
  const got = errno(act)
  expect(got === wanted, `${what}: ${got ?? 'success'}, not ${wanted ?? 'success'}`)
}

const typePath = ({ parent, type }: Created) => `${sys}/class/mdev_bus/${parent}/mdev_supported_types/${type}`

/** Everything that has to be there once `create` has returned. */
function check(mdev: Created): void {
  const { uuid, parent, type } = mdev
  const what = `${uuid} (${type})`
  try {
    const path = `${sys}/class/mdev_bus/${parent}/${uuid}`
    expect(lstatSync(path).isDirectory(), `${what} is no directory`)
    expect(realpathSync(`${mdevs}/${uuid}`) === realpathSync(path), `${what} has a link that leads elsewhere`)
    expect(
      readlinkSync(`${path}/mdev_type`) === `../mdev_supported_types/${type}`,
      `${what} has another type`,
    )
    expect(lstatSync(`${typePath(mdev)}/devices/${uuid}`).isSymbolicLink(), `${what} is no link of its type`)
    expect(readFileSync(`${path}/uevent`, 'latin1').startsWith('DRIVER='), `${what} has no driver`)
    const group = readlinkSync(`${path}/iommu_group`).split('/').at(-1)!
    const members = readdirSync(`${sys}/kernel/iommu_groups/${group}/devices`)
    expect(members.join() === uuid, `${what} shares group ${group} with ${members}`)
    expect(lstatSync(`${root}/dev/vfio/${group}`).isFile(), `${what} has no /dev/vfio/${group}`)
  } catch (error) {
    problems.push(`${what}: ${(error as Error).message}`)
  }
}

function checkGone(uuid: string): void {
  expectErrno('ENOENT', () => lstatSync(`${mdevs}/${uuid}`), `the link of ${uuid}, which is gone`)
  for (const parent of Object.keys(PARENTS)) {
    const path = `${sys}/class/mdev_bus/${parent}/${uuid}`
    expectErrno('ENOENT', () => readFileSync(`${path}/uevent`), `${path}, which is gone`)
  }
}

const FULL = ['ENOSPC', 'EUSERS']

function create(): void {
  const parent = pick(Object.keys(PARENTS))
  const type = pick(Object.keys(PARENTS[parent]!.types))
  const uuid = `${index.padStart(8, '0')}-0000-4000-8000-${(++serial).toString(16).padStart(12, '0')}`
  const mdev = { uuid, parent, type }
  const failure = errno(() => writeFileSync(`${typePath(mdev)}/create`, uuid))
  if (failure === undefined) {
    created++
    mine.push(mdev)
    check(mdev)
  } else {
    refused++
    expect(FULL.includes(failure), `create of ${type}: ${failure}`)
    checkGone(uuid)
  }
}

function createAgain(): void {
  if (mine.length === 0) return
  const { uuid } = pick(mine)
  const other = pick(mine)
  expectErrno('EEXIST', () => writeFileSync(`${typePath(other)}/create`, uuid.toUpperCase()), `${uuid} again`)
}

function remove(): void {
  if (mine.length === 0) return
  const mdev = mine.splice(random(mine.length), 1)[0]!
  check(mdev)
  const path = `${mdevs}/${mdev.uuid}`
  const held = openSync(`${path}/uevent`, 'r')
  try {
    expectErrno(undefined, () => writeFileSync(`${path}/remove`, '1'), `remove of ${mdev.uuid}`)
    removed.push(mdev.uuid)
    checkGone(mdev.uuid)
    expectErrno(
      'ENODEV',
      () => readSync(held, Buffer.alloc(100), 0, 100, 0),
      `${mdev.uuid}/uevent, held open`,
    )
  } finally {
    closeSync(held)
  }
}

/** Mdevs of others come and go: whatever is seen of them has to make sense. */
function lookAround(): void {
  const names = readdirSync(mdevs)
  for (const { uuid } of mine) expect(names.includes(uuid), `${uuid} is not listed`)
  for (const uuid of removed) expect(!names.includes(uuid), `${uuid} is gone and listed`)
  if (names.length === 0) return
  const uuid = pick(names)
  try {
    const text = readFileSync(`${mdevs}/${uuid}/uevent`, 'latin1')
    expect(text === '' || /^DRIVER=\w+\n$/.test(text), `${uuid}/uevent reads ${JSON.stringify(text)}`)
    readdirSync(`${mdevs}/${uuid}`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    expect(code === 'ENOENT' || code === 'ENODEV', `${uuid}/uevent: ${code}`)
  }
}

function count(): void {
  const parent = pick(Object.keys(PARENTS))
  const type = pick(Object.keys(PARENTS[parent]!.types))
  const text = readFileSync(`${typePath({ uuid: '', parent, type })}/available_instances`, 'latin1')
  expect(/^\d+\n$/.test(text), `available_instances of ${type} reads ${JSON.stringify(text)}`)
}

const OPERATIONS = [create, create, remove, createAgain, lookAround, count]

process.on('message', ({ operations, gone }: Orders) => {
  for (const uuid of gone) checkGone(uuid)
  for (let i = 0; i < operations; i++) pick(OPERATIONS)()
  // the last round: everything goes
  if (operations === 0) while (mine.length > 0) remove()
  process.send!({ problems, created, refused, mine, removed } satisfies Report)
  problems = []
  removed = []
})
