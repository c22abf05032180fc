import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import test from 'ava'
import { mounted } from '../support/mounted.ts'
import { execute, noMount, type Output } from '../support/processes.ts'
import { noS390Tools, s390Tool } from '../support/s390-tools.ts'

const lacking = noMount ?? noS390Tools
const zcryptTest = lacking === undefined ? test : test.skip
if (lacking !== undefined) console.log(`lszcrypt, chzcrypt: skipped, ${lacking}`)

/** The crypto cards of ap-small, and the tools that look at them. */
async function host() {
  const machine = await mounted(['--profile', 'ap-small'])
  const sys = `${machine.directory}/sys`
  const tool = (name: string, ...args: string[]): Promise<Output> =>
    execute(...s390Tool(name, ...args), { env: { ...process.env, SYSFS_ROOT: sys } })
  return {
    read: (path: string) => readFileSync(`${sys}/${path}`, 'latin1').trimEnd(),
    sys,
    tool,
    /** Each row of `lszcrypt -V` by its first word. */
    async table(): Promise<Map<string, string[]>> {
      const { stdout } = await tool('lszcrypt', '-V')
      const rows = stdout.split('\n').slice(2).filter(Boolean)
      return new Map(rows.map(row => [row.split(' ', 1)[0]!, row.trim().split(/\s+/).slice(1)]))
    },
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

/** The letters of FUNCTIONS, from the bits of `ap_functions` that they stand for (ap_bus.h). */
const FUNCTIONS = [
  [0x80000000, 'S'],
  [0x40000000, 'M'],
  [0x20000000, 'C'],
  [0x10000000, 'D'],
  [0x08000000, 'A'],
  [0x04000000, 'X'],
  [0x02000000, 'N'],
  [0x00800000, 'F'],
  [0x00400000, 'R'],
] as const

zcryptTest('lszcrypt -V has each card and queue as the tree has it', async t => {
  await using machine = await host()
  const { read, sys } = machine
  const expected = new Map<string, string[]>()
  for (const card of readdirSync(`${sys}/devices/ap`)
    .filter(name => name.startsWith('card'))
    .sort()) {
    const at = `devices/ap/${card}`
    const functions = Number(read(`${at}/ap_functions`))
    const letters = FUNCTIONS.map(([bit, letter]) => ((functions & bit) !== 0 ? letter : '-')).join('')
    const type = read(`${at}/type`)
    const mode = { A: 'Accelerator', C: 'CCA-Coproc', P: 'EP11-Coproc' }[type.at(-1)!]!
    const hardware = [read(`${at}/hwtype`), String(Number(read(`${at}/depth`)) + 1).padStart(2, '0'), letters]
    expected.set(card.slice(4), [type, mode, 'online', '0', '0', ...hardware, 'cex4card'])
    for (const queue of readdirSync(`${sys}/${at}`)
      .filter(name => /^\w\w\.\w{4}$/.test(name))
      .sort()) {
      const driver = basename(readlinkSync(`${sys}/${at}/${queue}/driver`))
      const state = driver === 'vfio_ap' ? ['-', '-'] : ['online', '0']
      expected.set(queue, [type, mode, ...state, '0', ...hardware, driver])
    }
  }
  t.is(expected.size, 4 + 4 * 3)
  t.deepEqual([...(await machine.table())], [...expected])
})

zcryptTest('lszcrypt -b and -d print what the bus has', async t => {
  await using machine = await host()
  const bus = (name: string) => machine.read(`bus/ap/${name}`)
  const { stdout } = await machine.tool('lszcrypt', '-b')
  t.deepEqual(stdout.trim().split('\n'), [
    `ap_domain=0x${Number(bus('ap_domain')).toString(16)}`,
    `ap_max_domain_id=0x${Number(bus('ap_max_domain_id')).toString(16)}`,
    'ap_interrupts are enabled',
    `config_time=${bus('config_time')} (seconds)`,
    'poll_thread is disabled',
    `poll_timeout=${bus('poll_timeout')} (nanoseconds)`,
  ])
  const domains = (await machine.tool('lszcrypt', '-d')).stdout
    .split('\n')
    .filter(line => /^ +[0-9a-f]0 /.test(line))
    .flatMap(line => line.trim().split(/\s+/).slice(1))
  const control = BigInt(bus('ap_control_domain_mask'))
  const usage = BigInt(bus('ap_usage_domain_mask'))
  const has = (mask: bigint, domain: number) => ((mask >> BigInt(255 - domain)) & 1n) === 1n
  const letters = Array.from({ length: 256 }, (_, domain) => {
    if (has(control, domain) && has(usage, domain)) return 'B'
    if (has(control, domain)) return 'C'
    return has(usage, domain) ? 'U' : '.'
  })
  t.deepEqual(domains, letters)
  t.is(letters.filter(letter => letter === 'B').length, 3)
})

zcryptTest('chzcrypt changes cards, queues and the bus', async t => {
  await using machine = await host()
  const { read, tool } = machine
  const run = async (...args: string[]) => {
    const { code, stderr } = await tool('chzcrypt', ...args)
    t.is(code, 0, `chzcrypt ${args.join(' ')}: ${stderr}`)
  }
  await run('-d', '04')
  t.is(read('devices/ap/card04/online'), '0')
  t.is(read('devices/ap/card04/04.0004/online'), '0')
  t.is((await machine.table()).get('04')![2], 'offline')
  t.is((await machine.table()).get('04.0047')![2], 'offline')
  await run('-e', '04')
  t.is((await machine.table()).get('04.0004')![2], 'online')

  await run('-d', '05.0004')
  t.deepEqual([read('devices/ap/card05/online'), read('devices/ap/card05/05.0004/online')], ['1', '0'])
  // nothing of it can be online: what is asked of a queue below is refused
  await run('-d', '05')
  t.not((await tool('chzcrypt', '-e', '05.0004')).code, 0)
  await run('-e', '05')

  await run('--config-off', '03')
  t.is(read('devices/ap/card03/config'), '0')
  t.is((await machine.table()).get('03')![2], 'deconfig')
  t.regex((await tool('chzcrypt', '-e', '03')).stderr, /device 03 is deconfigured, can't set to online/)
  await run('--config-on', '03')
  await run('-e', '03')
  t.is((await machine.table()).get('03')![2], 'online')

  await run('-q', '71')
  await run('-c', '60')
  await run('-t', '300000')
  t.deepEqual(
    ['ap_domain', 'config_time', 'poll_timeout'].map(name => read(`bus/ap/${name}`)),
    ['71', '60', '300000'],
  )
  t.regex((await tool('lszcrypt', '-b')).stdout, /^ap_domain=0x47$/m)
  t.not((await tool('chzcrypt', '-q', '99')).code, 0, 'the machine has 85 domains')
})
