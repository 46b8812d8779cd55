import { abisFor, functionName } from '../abi/index.ts'
import type { Hex } from '../lib/hex.ts'

/** What a transaction does, in a word: a function's name where it is known, else its selector. */
export function Method({ to, input }: { to: Hex | null; input: Hex }) {
  if (to === null) return <span class="badge">deploy</span>
  if (input === '0x') return <span class="badge quiet">transfer</span>
  const known = functionName(abisFor(to), input)
  const selector = input.slice(0, 10)
  return (
    <span class={`badge${known === undefined ? ' quiet mono' : ''}`} title={selector}>
      {known ?? selector}
    </span>
  )
}
