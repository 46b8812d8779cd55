import { keccak256 } from '../../kernels/index.ts'
import { concatBytes, fromBigInt } from '../../lib/index.ts'
import { asm } from './asm.ts'

/** What a storage machine is told to do. Reads come out as logs. */
export type MachineRun = {
  machine: Uint8Array
  steps: readonly { key: number; value: number | 'read' }[]
  ending: 'stop' | 'revert' | 'destroy'
}

const ENDINGS = { stop: 0, revert: 1, destroy: 2 }
const WORD_BYTES = 32
const READ = new Uint8Array(WORD_BYTES).fill(0xff)

/** A contract that reads and writes slots as its call data say: a word for the ending, then key and value for each step. */
export const STORAGE_MACHINE: Uint8Array = asm`
  PUSH 32
  loop: CALLDATASIZE DUP2 LT ISZERO @end JUMPI
  DUP1 PUSH 32 ADD CALLDATALOAD DUP2 CALLDATALOAD
  DUP2 NOT ISZERO @read JUMPI
  SSTORE @next JUMP
  read: SLOAD PUSH0 MSTORE POP PUSH 32 PUSH0 LOG0
  next: PUSH 64 ADD @loop JUMP
  end: PUSH0 CALLDATALOAD
  DUP1 PUSH 1 EQ @revert JUMPI
  PUSH 2 EQ @destroy JUMPI
  STOP
  revert: PUSH0 PUSH0 REVERT
  destroy: CALLER SELFDESTRUCT`

/** Writes two slots, then deploys a storage machine. */
const INIT_CODE: Uint8Array = withCode(asm`PUSH 7 PUSH 1 SSTORE PUSH 8 PUSH 50 SSTORE`, STORAGE_MACHINE)

/** A contract that creates storage machines by CREATE2: call data are the salt. */
export const MACHINE_FACTORY: Uint8Array = (() => {
  const create = (offset: number) => asm`
    PUSH2 ${INIT_CODE.length} PUSH2 ${offset} PUSH0 CODECOPY
    PUSH0 CALLDATALOAD PUSH2 ${INIT_CODE.length} PUSH0 PUSH0 CREATE2 STOP`
  return concatBytes(create(create(0).length), INIT_CODE)
})()

/** Where a factory's machine with this salt is (EIP-1014). */
export function machineAddress(factory: Uint8Array, salt: number): Uint8Array {
  const input = concatBytes(Uint8Array.of(0xff), factory, word(salt), keccak256(INIT_CODE))
  return keccak256(input).subarray(12)
}

/** Init code that runs machines one after the other, then stops or reverts; `created` first, by the factory. */
export function runMachines(
  runs: readonly MachineRun[],
  options: { factory: Uint8Array; created: readonly number[]; reverts: boolean },
): Uint8Array {
  const calls = [
    ...options.created.map((salt) => ({ to: options.factory, data: word(salt) })),
    ...runs.map((run) => ({ to: run.machine, data: dataOf(run) })),
  ]
  const data = concatBytes(...calls.map((each) => each.data))
  const head = (start: number) => {
    let at = start
    const parts = calls.map(({ to, data: { length } }) => {
      const part = asm`
        PUSH2 ${length} PUSH2 ${at} PUSH0 CODECOPY
        PUSH0 PUSH0 PUSH2 ${length} PUSH0 PUSH0 PUSH ${to} GAS CALL POP`
      at += length
      return part
    })
    return asm`${concatBytes(...parts)} PUSH0 PUSH0 ${options.reverts ? asm`REVERT` : asm`RETURN`}`
  }
  return concatBytes(head(head(0).length), data)
}

function dataOf({ steps, ending }: MachineRun): Uint8Array {
  const parts = steps.flatMap(({ key, value }) => [word(key), value === 'read' ? READ : word(value)])
  return concatBytes(word(ENDINGS[ending]), ...parts)
}

/** Init code that does something first. */
function withCode(first: Uint8Array, runtime: Uint8Array): Uint8Array {
  const rest = (offset: number) =>
    asm`PUSH2 ${runtime.length} PUSH2 ${offset} PUSH0 CODECOPY PUSH2 ${runtime.length} PUSH0 RETURN`
  return concatBytes(first, rest(first.length + rest(0).length), runtime)
}

function word(n: number): Uint8Array {
  return fromBigInt(BigInt(n), WORD_BYTES)
}
