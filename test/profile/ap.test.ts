import test from 'ava'
import { complaints, withHead } from './support.ts'

/** The body of an AP bus with one card and one domain, and more lines. */
function bus(...lines: string[]): string {
  const own = lines.map(line => `    ${line}\n`).join('')
  return withHead(`devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "04": CEX8C }\n${own}`)
}

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
  [bus('usage_domain: 4'), /unknown key "usage_domain"; did you mean "usage_domains"\?/],
  [bus('apmask: 0Xff'), /"0Xff" is not a mask as it is written to apmask/],
  [bus('apmask: +256'), /"\+256" is not a mask/],
  [bus('control_domains: 4-300'), /300 is more than 255/],
  [bus('control_domains: 85'), /domain 85 is beyond max_domain, 84/],
  [bus('max_adapter: 3'), /card04 is beyond max_adapter, 3/],
  [bus(`mdevs: { ${UUID}: { adapters: 4, domains: 4 } }`), /04\.0004 is the host's; take it out of apmask/],
  [bus('aqmask: -4', `mdevs: { ${UUID}: { adapters: 5, domains: 4 } }`), /there is no card05/],
  [bus('aqmask: -4', `mdevs: { ${UUID}: { adapters: 4, domains: 5 } }`), /domain 5 is none of usage_domains/],
  [bus('aqmask: -4', 'mdevs: { x: { adapters: 4 } }'), /"x" is not a UUID/],
  [
    bus(
      'aqmask: -4',
      'mdevs:',
      `  ${UUID}: { adapters: 4, domains: 4 }`,
      `  ${UUID.replace('1001', '1002')}: { adapters: 4, domains: 4 }`,
    ),
    /83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 has one of its queues already/,
  ],
  [bus('vfio_ap: no', `mdevs: { ${UUID}: {} }`), /there are no mdevs without vfio_ap/],
  [
    withHead('devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "04": CEX9C }\n'),
    /CEX9C is not from CEX4 to CEX8/,
  ],
  [
    withHead('devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "4": CEX8C }\n'),
    /"4" is not a card as sysfs has it in cardXX/,
  ],
  [
    withHead('devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "05-04": CEX8C }\n'),
    /the range 05-04 runs backwards/,
  ],
  [
    withHead('devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "04": CEX8C, 00-0f: CEX8A }\n'),
    /card04 is described twice/,
  ],
  [
    withHead('devices:\n  - ap: bus\n    usage_domains: 4\n    cards: { "04": { type: CEX8C, mkvps: x } }\n'),
    /"x" is no line such as AES CUR: valid/,
  ],
]

for (const [text, message] of MISTAKES) {
  test(`${message.source} is told`, t => {
    const told = complaints(text)
    t.is(told.length, 1, told.join('\n'))
    t.regex(told[0]!, message)
  })
}
