import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { mounted } from '../support/mounted.ts'
import { execute, noMount, type Output } from '../support/processes.ts'
import { noS390Tools, s390Tool } from '../support/s390-tools.ts'

const lacking = noMount ?? noS390Tools
const toolTest = lacking === undefined ? test : test.skip
if (lacking !== undefined) console.log(`lscss, lschp, chchp, lszdev, chzdev: skipped, ${lacking}`)

const MDEV = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

/** The channel subsystem of ccw-small, and the tools that look at it. */
async function lpar() {
  const machine = await mounted(['--profile', 'ccw-small'])
  const sys = `${machine.directory}/sys`
  const tool = (name: string, ...args: string[]): Promise<Output> =>
    execute(...s390Tool(name, ...args), { env: { ...process.env, SYSFS_ROOT: sys } })
  const read = (path: string) => readFileSync(`${sys}/${path}`, 'latin1').trimEnd()
  /** The rows of a table, cut at runs of blanks. */
  const rows = async (name: string, ...args: string[]) => {
    const { stdout } = await tool(name, ...args)
    return stdout
      .split('\n')
      .filter(line => /^(\S*\d|none|n\/a)/.test(line))
      .map(line => line.trim().split(/\s+/))
  }
  return {
    read,
    rows,
    sys,
    tool,
    write: (path: string, text: string) => writeFileSync(`${sys}/${path}`, text),
    /** The row of `lscss` for one subchannel. */
    async subchannel(id: string): Promise<string[] | undefined> {
      return (await rows('lscss')).find(row => row[1] === id)
    },
    /** Vary and Cfg. of `lschp`, by channel path. */
    async paths(): Promise<Record<string, string>> {
      return Object.fromEntries(
        (await rows('lschp')).map(([id, vary, configured]) => [id, `${vary} ${configured}`]),
      )
    },
    /** ON of `lszdev`, by device. */
    async online(...args: string[]): Promise<Record<string, string>> {
      const { stdout } = await tool('lszdev', '--base', machine.directory, '--no-headings', ...args)
      return Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map(line => line.split(/\s+/))
          .map(([type, id, on]) => [`${type} ${id}`, on!]),
      )
    },
    chzdev: (...args: string[]) =>
      tool('chzdev', '--base', machine.directory, '--no-root-update', '--active', ...args),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

type Lpar = Awaited<ReturnType<typeof lpar>>

/** What `lscss` has to print for an I/O subchannel, from its attributes and those of its device. */
function rowOf({ read, sys }: Lpar, id: string): string[] {
  const at = `bus/css/devices/${id}`
  const device = readdirSync(`${sys}/${at}`).find(name => /^[0-9a-f]\.[0-3]\.[0-9a-f]{4}$/.test(name))
  const masks = read(`${at}/pimpampom`).split(' ')
  const chpids = read(`${at}/chpids`).split(' ').join('')
  const paths = [...masks, chpids.slice(0, 8), chpids.slice(8)]
  if (device === undefined) return ['none', id, ...paths]
  const of = (name: string) => read(`${at}/${device}/${name}`)
  const type = of('devtype') === 'n/a' ? '0000/00' : of('devtype')
  return [device, id, type, of('cutype'), ...(of('online') === '1' ? ['yes'] : []), ...paths]
}

toolTest('lscss -a has each subchannel as the tree has it', async t => {
  await using machine = await lpar()
  const { read, sys } = machine
  const all = readdirSync(`${sys}/bus/css/devices`)
    .filter(name => name !== 'defunct')
    .sort()
  const ofType = (type: string) => all.filter(id => read(`bus/css/devices/${id}/type`) === type)
  t.deepEqual(await machine.rows('lscss', '-a'), [
    ...ofType('0').map(id => rowOf(machine, id)),
    // the tool knows no message subchannels
    ...ofType('1').map(id => ['n/a', id]),
    ...ofType('3').map(id => ['n/a', id]),
  ])
  t.deepEqual([ofType('0').length, ofType('1').length, ofType('3').length], [14, 1, 4])
  t.deepEqual(await machine.rows('lscss', '-d', '0.0.1000'), [rowOf(machine, '0.0.0004')])
})

toolTest('lscss --vfio shows the subchannels of vfio_ccw, with their mdevs', async t => {
  await using machine = await lpar()
  const paths = rowOf(machine, '0.0.0313').slice(2)
  t.deepEqual(await machine.rows('lscss', '--vfio'), [['none', '0.0.0313', ...paths]])
  const create = 'bus/css/devices/0.0.0313/mdev_supported_types/vfio_ccw-io/create'
  machine.write(create, MDEV)
  t.deepEqual(await machine.rows('lscss', '--vfio'), [[MDEV, '0.0.0313', ...paths]])
  machine.write(`bus/mdev/devices/${MDEV}/remove`, '1')
  machine.write('bus/css/drivers/vfio_ccw/unbind', '0.0.0313')
  machine.write('bus/css/devices/0.0.0313/driver_override', '\n')
  machine.write('bus/css/drivers_probe', '0.0.0313')
  t.deepEqual(await machine.rows('lscss', '--vfio'), [])
  t.deepEqual(await machine.subchannel('0.0.0313'), rowOf(machine, '0.0.0313'))
  t.is((await machine.subchannel('0.0.0313'))![0], '0.0.2b09')
})

toolTest('lschp has each channel path as the tree has it', async t => {
  await using machine = await lpar()
  const { read, sys } = machine
  const paths = readdirSync(`${sys}/devices/css0`)
    .filter(name => /^chp0\.[0-9a-f]{2}$/.test(name))
    .sort()
  const expected = paths.map(name => {
    const of = (attribute: string) => read(`devices/css0/${name}/${attribute}`)
    const unknown = (text: string) => (text === 'unknown' ? '-' : text)
    const vary = of('status') === 'online' ? '1' : '0'
    const type = Number.parseInt(of('type'), 16).toString(16).padStart(2, '0')
    const channel = of('chid_external') === '1' ? of('chid') : `(${of('chid')})`
    return [name.slice(3), vary, of('configure'), type, unknown(of('cmg')), unknown(of('shared')), channel]
  })
  t.is(expected.length, 9)
  t.deepEqual(await machine.rows('lschp'), expected)
})

toolTest('chchp varies and configures channel paths', async t => {
  await using machine = await lpar()
  const { read, tool } = machine
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await tool('chchp', ...args)
    t.is(code, 0, `chchp ${args.join(' ')}: ${stderr}`)
    t.regex(stdout, /done\.\n$/)
  }
  const path = (id: string) => ['status', 'configure'].map(name => read(`devices/css0/chp${id}/${name}`))
  const usable = () => read('bus/css/devices/0.0.0004/vpm')

  await run('-v', '0', '0.31')
  t.deepEqual(path('0.31'), ['offline', '1'])
  t.is((await machine.paths())['0.31'], '0 1')
  t.is(usable(), 'b0', 'the second of four paths is not used')
  await run('-v', '1', '0.31')
  t.deepEqual([(await machine.paths())['0.31'], usable()], ['1 1', 'f0'])

  await run('-c', '0', '0.32')
  t.deepEqual(path('0.32'), ['online', '0'])
  await run('-c', '1', '0.34')
  const now = await machine.paths()
  t.deepEqual([now['0.32'], now['0.34']], ['1 0', '1 1'])
  await run('-c', '1', '0.32')

  await run('-a', 'status=offline', '0.33')
  t.is((await machine.paths())['0.33'], '0 1')
  await run('-a', 'status=online', '0.33')

  // several at once, all of the paths of the DASDs: nothing is left to reach them by
  await run('-v', '0', '0.30-0.33')
  t.is(usable(), '00')
  t.is(read('bus/ccw/devices/0.0.1000/availability'), 'no path')
  await run('-v', '1', '0.30-0.33')
  t.is(read('bus/ccw/devices/0.0.1000/availability'), 'good')
  t.deepEqual(await machine.subchannel('0.0.0004'), rowOf(machine, '0.0.0004'))

  const { stdout } = await tool('chchp', '-v', '0', '0.77')
  t.is(stdout, 'Skipping unknown channel-path 0.77\n')
})

toolTest('lszdev lists the devices by type, chzdev sets them online and offline', async t => {
  await using machine = await lpar()
  const { read, write } = machine
  const dasd = (first: number, count: number, on: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`dasd-eckd 0.0.${first + i}`, on]))
  const rest = {
    'zfcp-host 0.0.190d': 'no',
    'qeth 0.0.f500:0.0.f501:0.0.f502': 'no',
    'generic-ccw 0.0.0009': 'yes',
  }
  t.deepEqual(await machine.online(), { ...dasd(1000, 4, 'yes'), ...dasd(1004, 4, 'no'), ...rest })

  const change = async (...args: string[]) => {
    const { code, stderr } = await machine.chzdev(...args)
    t.is(code, 0, `chzdev ${args.join(' ')}: ${stderr}`)
  }
  await change('--disable', 'dasd', '0.0.1000')
  t.is(read('bus/ccw/devices/0.0.1000/online'), '0')
  t.is((await machine.subchannel('0.0.0004'))![4], 'f0', 'no yes in the column Use')
  t.deepEqual(await machine.online('dasd', '0.0.1000'), { 'dasd-eckd 0.0.1000': 'no' })
  await change('--enable', 'dasd', '0.0.1000')
  await change('--enable', 'dasd', '0.0.1004-0.0.1005')
  t.is(read('bus/ccw/devices/0.0.1005/online'), '1')
  t.deepEqual(await machine.online('dasd', '--online'), dasd(1000, 6, 'yes'))

  await change('--enable', 'dasd', '0.0.1000', 'erplog=1', 'expires=40')
  t.deepEqual(
    ['erplog', 'expires'].map(name => read(`bus/ccw/devices/0.0.1000/${name}`)),
    ['1', '40'],
  )

  // a device that is ignored and deregistered is gone for the tools too
  writeFileSync(`${machine.sys}/../proc/cio_ignore`, 'add 0.0.1007')
  writeFileSync(`${machine.sys}/../proc/cio_ignore`, 'purge')
  t.is((await machine.online())['dasd-eckd 0.0.1007'], undefined)
  write('bus/ccw/drivers/dasd-eckd/0.0.1001/online', '0')
  t.is((await machine.online())['dasd-eckd 0.0.1001'], 'no')
})
