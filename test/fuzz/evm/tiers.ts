import { Engine } from '../../../src/execution/index.ts'
import { CaseRunner } from './CaseRunner.ts'
import { TierDuel } from './TierDuel.ts'

/** Small: programs of a few million gas fill neither tables nor EVM memory. */
const MEMORY = { memoryMiB: 384, evmMemoryMiB: 128 }

/** Runs cases on the interpreter. */
export function interpreter(): CaseRunner {
  return new CaseRunner(() => new Engine({ ...MEMORY, evm: 'interpreter' }))
}

/** Runs cases on compiled code: everything that the compiler takes. */
export function compiled(): CaseRunner {
  return new CaseRunner(() => new Engine({ ...MEMORY, evm: 'compiled' }))
}

/** The interpreter and what it is compared with. */
export function tierDuel(): TierDuel {
  return new TierDuel(interpreter(), compiled())
}
