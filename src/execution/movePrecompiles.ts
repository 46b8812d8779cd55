import { bytesToHex, equalBytes } from '../lib/index.ts'
import type { StateOverride } from './CallRequest.ts'

/** Where an engine's precompiles are; numbers as of {@link precompileAt}, 0: none. */
export type PrecompilePlaces = {
  /** All are where the fork has them. */
  resetPrecompiles(): void
  precompileAt(address: Uint8Array): number
  movePrecompile(address: Uint8Array, number: number): void
}

/**
 * Moves precompiles as state overrides say, starting from where they belong; any override of a precompile's address takes
 * it away from there (go-ethereum, override.StateOverride.Apply).
 *
 * @throws OverrideError
 */
export function movePrecompiles(engine: PrecompilePlaces, overrides: readonly StateOverride[]): void {
  engine.resetPrecompiles()
  const taken: Uint8Array[] = []
  for (const { address, movePrecompileTo: target } of overrides) {
    if (taken.some((other) => equalBytes(other, address)))
      throw new OverrideError(`account ${bytesToHex(address)} has already been overridden by a precompile`)
    const number = engine.precompileAt(address)
    if (target !== undefined) {
      if (number === 0) throw new OverrideError(`account ${bytesToHex(address)} is not a precompile`)
      if (overrides.some((other) => equalBytes(other.address, target)))
        throw new OverrideError(`account ${bytesToHex(target)} is already overridden`)
      engine.movePrecompile(target, number)
      taken.push(target)
    }
    if (number !== 0) engine.movePrecompile(address, 0)
  }
}

/** State overrides that contradict one another; the message is geth's. */
export class OverrideError extends Error {
  override readonly name = 'OverrideError'
}
