import { type Cases, cat, fails, put } from '../case.ts'
import { LAB, NULL } from '../tree.ts'

const UUID = 'fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed'

/** Kernel-semantics 1.9. */
export const ueventEverywhere: Cases = {
  async 'uevent: reads one key a line'(f, t) {
    t.regex(await cat(f, `${NULL}/uevent`), /^MAJOR=1\nMINOR=3\n(?:[A-Z]+=.*\n)*$/)
  },
}

export const ueventCases: Cases = {
  async 'uevent: takes an action, with an identifier and arguments'(f, t) {
    for (const text of [
      'add',
      'add\n',
      'add\0',
      'remove',
      'change\n',
      'move',
      'online',
      'offline',
      'bind',
      'unbind',
      `change ${UUID}`,
      `change ${UUID.toUpperCase()}\n`,
      `change ${UUID} A=1 B=abc`,
    ])
      t.is(await put(f, `${LAB}/uevent`, text), text.length, text)
  },

  async 'uevent: refuses everything else with EINVAL'(f, t) {
    for (const text of [
      '\n',
      '\0',
      'ADD',
      ' add',
      'add ',
      'addx',
      'ad',
      'add\n\n',
      'change x',
      `change  ${UUID}`,
      `change ${UUID} `,
      `change ${UUID}x`,
      `change ${UUID} A`,
      `change ${UUID} A=`,
      `change ${UUID} =1`,
      `change ${UUID} A=1  B=2`,
      `change ${UUID} A_B=1`,
      `change ${UUID} A=1-2`,
    ])
      await fails(t, 'EINVAL', put(f, `${LAB}/uevent`, text))
  },
}
