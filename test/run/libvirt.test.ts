import { existsSync } from 'node:fs'
import test from 'ava'
import { execute, MDEVFS } from '../support/processes.ts'

test('libvirt says which packages are missing, and starts nothing', async t => {
  const { code, stdout, stderr } = await execute(process.execPath, [MDEVFS, 'libvirt', '--', 'true'], {
    env: { ...process.env, PATH: '/nonexistent' },
  })
  t.is(code, 1)
  t.is(stdout, '')
  // administrators' programs are looked for where users' PATH has none
  const isAdministrators = (program: string) =>
    ['/usr/sbin', '/sbin'].some(at => existsSync(`${at}/${program}`))
  const packages = Object.entries({
    libvirtd: 'libvirt-daemon',
    virsh: 'libvirt-clients',
    mdevctl: 'mdevctl',
  })
    .filter(([program]) => !isAdministrators(program))
    .map(([, name]) => name)
  t.regex(
    stderr,
    new RegExp(
      `^mdevfs: [a-z, ]+ (is|are) not installed: on Debian, apt-get install ${packages.join(' ')}\\.\n$`,
    ),
  )
})
