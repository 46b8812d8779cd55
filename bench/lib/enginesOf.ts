import { anvilInstalled } from '../../test/lib/index.ts'
import type { BenchContext } from '../harness.ts'

/** Those that a benchmark measures: both, unless `--only` names one or anvil is missing. */
export function enginesOf({ options, note }: BenchContext): ('leveret' | 'anvil')[] {
  return (['leveret', 'anvil'] as const).filter((engine) => {
    if (options.only !== undefined && options.only !== engine) return false
    if (engine === 'leveret' || anvilInstalled()) return true
    note('anvil is not installed on this platform: left out')
    return false
  })
}
