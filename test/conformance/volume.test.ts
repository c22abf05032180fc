import { cases } from './cases.ts'
import { because, conformance } from './conformance.ts'
import { volumeFrontend } from './volume.ts'

conformance({
  name: 'the volume',
  cases,
  open: async () => volumeFrontend(),
  resets: true,
  exclusions: {
    ...because('x', []),
  },
})
