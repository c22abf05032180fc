import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'

/**
 * A client of the tree of tree.ts: `client churn ROOT NAME COUNT` makes a device and takes it away so often, and prints
 * each answer that was not true; `client look ROOT PREFIX NAMES` looks at all names until it is killed.
 */
const [, , role, root, name, text] = process.argv as [string, string, string, string, string, string]
const count = Number(text)

function errno(look: () => unknown): string {
  try {
    look()
    return 'OK'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code!
  }
}

function churn(): void {
  const device = `${root}/devices/${name}`
  const expect = (what: string, is: string, shall: string) => {
    if (is !== shall) console.log(`${what}: ${is}, not ${shall}`)
  }
  for (let i = 0; i < count; i++) {
    writeFileSync(`${root}/add`, name)
    expect(
      'stat',
      errno(() => statSync(device)),
      'OK',
    )
    expect('nlink', String(statSync(device).nlink), '3')
    expect('name', readFileSync(`${device}/name`, 'latin1'), `${name}\n`)
    expect(
      'below',
      errno(() => statSync(`${device}/power/control`)),
      'OK',
    )
    expect('listed', String(readdirSync(`${root}/devices`).includes(name)), 'true')
    writeFileSync(`${device}/remove`, '1')
    expect(
      'stat after',
      errno(() => statSync(device)),
      'ENOENT',
    )
    expect(
      'below after',
      errno(() => statSync(`${device}/power/control`)),
      'ENOENT',
    )
    expect(
      'open after',
      errno(() => readFileSync(`${device}/name`)),
      'ENOENT',
    )
    expect('listed after', String(readdirSync(`${root}/devices`).includes(name)), 'false')
  }
}

function look(): void {
  for (;;) {
    statSync(`${root}/devices`)
    for (let i = 0; i < count; i++) {
      const device = `${root}/devices/${name}${i}`
      errno(() => statSync(`${device}/power/control`))
      errno(() => readFileSync(`${device}/name`))
      errno(() => readdirSync(device))
    }
  }
}

if (role === 'churn') churn()
else look()
