// npx ava --no-worker-threads examples/ava.test.js
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { mount } from 'mdevfs'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

test('a vGPU that is created is there', async t => {
  const sys = await mount({ profiles: ['gvtg-kabylake'] })
  t.teardown(() => sys.unmount())
  const types = `${sys.path}/class/mdev_bus/0000:00:02.0/mdev_supported_types`
  const [type] = readdirSync(types)
  writeFileSync(`${types}/${type}/create`, UUID)
  t.deepEqual(readdirSync(`${sys.path}/bus/mdev/devices`), [UUID])
  t.regex(readFileSync(`${types}/${type}/available_instances`, 'utf8'), /^\d+\n$/)
})
