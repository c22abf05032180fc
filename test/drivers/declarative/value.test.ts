import test from 'ava'
import type { VendorAttribute } from '../../../src/drivers/declarative/model.ts'
import { parseValue } from '../../../src/drivers/declarative/value.ts'
import { outcome } from '../../support/errno.ts'

const BASE = { name: 'vendor/x', writable: 'always', value: '' } as const

function values(attribute: VendorAttribute, writes: Readonly<Record<string, string>>): void {
  for (const [buf, reads] of Object.entries(writes)) {
    test(`${attribute.kind}: ${JSON.stringify(buf)} is ${reads}`, t => {
      t.is(
        outcome(() => parseValue(attribute, buf)),
        reads,
      )
    })
  }
}

values(
  { ...BASE, kind: 'int', ranges: [[1, 16]] },
  { '0x10\n': '16', '017': '15', '17': 'EINVAL', '1 ': 'EINVAL' },
)
values({ ...BASE, kind: 'hex' }, { '10\n': '0x10', '0xFF': '0xff', '-1': 'EINVAL' })
values({ ...BASE, kind: 'bool' }, { 'Y\n': '1', off: '0', '2': 'EINVAL' })
values({ ...BASE, kind: 'string' }, { 'a b\nc': 'a b', '': '' })
values(
  { ...BASE, kind: 'enum', words: ['auto', 'none'] },
  { 'auto\n': 'auto', none: 'none', 'auto\nx': 'EINVAL', 'none\n\n': 'EINVAL', Auto: 'EINVAL' },
)
values(
  { ...BASE, kind: 'bitmap', bits: 40 },
  {
    '1,0000000f\n': '01,0000000f',
    f: '00,0000000f',
    '': '00,00000000',
    '1ff,00000000': 'EOVERFLOW',
    g: 'EINVAL',
  },
)
values(
  { ...BASE, kind: 'list', bits: 40 },
  { '0-3,8\n': '0-3,8', all: '0-39', N: '39', '': '', '40': 'ERANGE', '3-1': 'EINVAL', '0-7:2/4': '0-1,4-5' },
)
