/**
 * A `migration_version` of i915, `"%04x-%04x-%s-%08x"` such as `8086-591d-GVTg_V5_4-00000001` (patches v5, April 2020): vendor,
 * device, the driver's name of the type, its software version.
 *
 * `sscanf("%x-%x-%16[^-]-%x")`: the fields that could be read before the first that could not.
 */
function scan(text: string): readonly string[] {
  const match =
    /^\s*(?:0x)?([0-9a-f]+)(?:-\s*(?:0x)?([0-9a-f]+)(?:-([^-]{1,16})(?:-\s*(?:0x)?([0-9a-f]+))?)?)?/i.exec(
      text,
    )
  return match ? match.slice(1).filter(field => field !== undefined) : []
}

function sameNumber(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && BigInt(`0x${a}`) === BigInt(`0x${b}`)
}

/** What the driver logs of a string that is not its own. */
export function i915Refusal(own: string, written: string): string {
  const [a, b] = [scan(own), scan(written)]
  if (a.length !== 4 || b.length !== a.length) return 'wrong string format. probably wrong GVT version'
  if (!sameNumber(a[0], b[0]) || !sameNumber(a[1], b[1])) return 'physical device not matched'
  if (!sameNumber(a[3], b[3])) return 'migration software version not matched'
  if (a[2] !== b[2]) return 'vgpu type not matched'
  return 'wrong string format. probably wrong GVT version'
}

/** Whether a string has the four fields that i915's has. */
export function isI915Version(text: string): boolean {
  return scan(text).length === 4
}
