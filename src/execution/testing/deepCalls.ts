import { bytesToHex, concatBytes } from '../../lib/index.ts'
import { Engine } from '../Engine.ts'
import type { EvmTier } from '../Tiers.ts'
import { asm } from './asm.ts'
import { TestChain } from './TestChain.ts'

/** What can be seen of a deep run, in a form that a worker can send. */
export type DeepRun = { name: string; status: number; gasUsed: bigint; changes: string; compiledGas: bigint }

const DEPTH = 1024
const GAS = 10n ** 16n
/** Calls itself with all gas; adds its depth to a slot before, and what came back behind. */
const CALL_SELF = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL`
const COUNT = asm`PUSH0 SLOAD PUSH 1 ADD PUSH0 SSTORE`

/** A loop of one round that carries so many words, each four locals wide, across a call. */
function wide(words: number): Uint8Array {
  const pushes = Array.from({ length: words }, () => asm`GAS PUSH0 NOT MUL`)
  const sums = Array.from({ length: words }, () => asm`ADD`)
  return asm`
    ${COUNT} ${concatBytes(...pushes)} PUSH 1
    loop: ${CALL_SELF} POP PUSH 1 SWAP1 SUB DUP1 @loop JUMPI
    ${concatBytes(...sums)} PUSH 1 SSTORE`
}

/** Calls itself from the bottom of a function that calls itself. */
const RECURSIVE = asm`
  ${COUNT} @end PUSH 20 @f JUMP end: PUSH 1 SSTORE STOP
  never: @end PUSH 3 @f JUMP
  f: DUP1 @more JUMPI POP ${CALL_SELF} SWAP1 JUMP
  more: @back PUSH 1 DUP3 SUB @f JUMP back: ADD SWAP1 JUMP`

/** Init code that copies itself and creates itself again; reverts with the depth that was reached. */
const CREATE_SELF = asm`
  CODESIZE PUSH0 PUSH0 CODECOPY CODESIZE PUSH0 PUSH0 CREATE POP
  PUSH0 PUSH0 MSTORE RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
  PUSH0 MLOAD PUSH 1 ADD PUSH0 MSTORE PUSH 32 PUSH0 REVERT`

/** A contract each that calls the next one; each is compiled, if at all, when it is first called. */
function chainOfContracts(chain: TestChain): Uint8Array {
  let to: Uint8Array = new Uint8Array(20)
  for (let i = 0; i <= DEPTH; i++) {
    to = chain.deploy(
      asm`PUSH ${i} PUSH0 SSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${to} GAS CALL PUSH 1 SSTORE`,
    )
  }
  return to
}

/** A compiled contract that calls one that is too long to be, which calls back. */
function alternating(chain: TestChain): Uint8Array {
  const back = chain.deploy(
    concatBytes(
      asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 CALLER GAS CALL PUSH 1 SSTORE STOP`,
      new Uint8Array(49_152),
    ),
  )
  return chain.deploy(asm`${COUNT} PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${back} GAS CALL PUSH 1 SSTORE`)
}

/** Runs programs that call down to a depth of 1,024. */
export function runDeepCalls(evm: EvmTier): DeepRun[] {
  const chain = new TestChain({}, new Engine({ memoryMiB: 256, evmMemoryMiB: 64, evm }))
  chain.open({ fork: 'Prague', gasLimit: 1n << 60n })
  const programs: [string, Uint8Array | undefined, Uint8Array?][] = [
    ['itself', chain.deploy(asm`${COUNT} ${CALL_SELF} PUSH 1 SSTORE`)],
    ['itself, with 20 words', chain.deploy(wide(20))],
    ['itself, with 250 words', chain.deploy(wide(250))],
    ['itself, out of a function that calls itself', chain.deploy(RECURSIVE)],
    ['creations', undefined, CREATE_SELF],
    ['another contract each', chainOfContracts(chain)],
    ['compiled and refused in turn', alternating(chain)],
  ]
  chain.engine.takeDiff()
  return programs.map(([name, to, data]) => {
    const before = chain.engine.tierStats.compiledGas
    const { status, gasUsed, output } = chain.run({ to, gas: GAS, ...(data && { data }) })
    const changes = bytesToHex(concatBytes(output, chain.engine.takeDiff()))
    const depth = to === undefined ? undefined : chain.storage(to, 0n)
    return {
      name: `${name}${depth === undefined ? '' : `: ${depth}`}`,
      status,
      gasUsed,
      changes,
      compiledGas: chain.engine.tierStats.compiledGas - before,
    }
  })
}

/** Where a worker finds this file. */
export const DEEP_CALLS_MODULE: string = import.meta.url
