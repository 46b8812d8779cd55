/** Workloads of our own: what lies in ../contracts, compiled here, and one by hand. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encodeFunctionData, hexToBytes } from 'viem'
import { type Compiled, compileSolidity } from '../../test/lib/index.ts'
import type { Workload } from './workloads.ts'

const CONTRACTS = resolve(import.meta.dirname, '../contracts')
const GAS = 2_000_000_000n
/** fib(10^8) takes 6 × 10^9. */
const FIB8_GAS = 100_000_000_000n

/** A function of one number; `count` makes some ten milliseconds in the interpreter, `tiny` almost nothing. */
type OwnCase = { name: string; contract: string; functionName: string; count: number; tiny: number }

const CASES: OwnCase[] = [
  { name: 'insertion_sort', contract: 'Sorting', functionName: 'insertionSort', count: 1_000, tiny: 10 },
  { name: 'quick_sort', contract: 'Sorting', functionName: 'quickSort', count: 1_000, tiny: 10 },
  { name: 'checked_sum', contract: 'Arithmetic', functionName: 'checkedSum', count: 100_000, tiny: 10 },
  { name: 'fib', contract: 'Arithmetic', functionName: 'fib', count: 500_000, tiny: 10 },
  { name: 'mulmod', contract: 'Arithmetic', functionName: 'squareModulo', count: 50_000, tiny: 10 },
  { name: 'sieve', contract: 'Tables', functionName: 'sieve', count: 50_000, tiny: 100 },
  { name: 'matrix', contract: 'Tables', functionName: 'multiplyMatrices', count: 40, tiny: 2 },
  { name: 'text', contract: 'Text', functionName: 'build', count: 1_000, tiny: 11 },
  { name: 'keccak_mapping', contract: 'Balances', functionName: 'update', count: 5_000, tiny: 10 },
]

/** Cases in which solc's newer code generator gives other code than the older: functions inlined, arrays unchecked. */
const ALSO_VIA_IR: ReadonlySet<string> = new Set(['quick_sort', 'checked_sum', 'sieve', 'matrix'])

/** Sums 1 to 1,000 in a loop. */
const ASSEMBLED: Workload = {
  name: 'own_asm_sum',
  // PUSH2 1000 PUSH0 JUMPDEST(4) DUP2 ADD SWAP1 PUSH1 1 SWAP1 SUB SWAP1 DUP2 PUSH1 4 JUMPI PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
  code: hexToBytes('0x6103e85f5b8101906001900390816004575f5260205ff3'),
  calldata: new Uint8Array(0),
  gas: GAS,
}

/** STOP: what a call costs around the execution. */
export const EMPTY_CALL: Workload = {
  name: 'empty call',
  code: new Uint8Array(1),
  calldata: new Uint8Array(0),
  gas: GAS,
}

/** All of our own; tiny ones are few, small and compiled by the older code generator only, which is quick. */
export function ownWorkloads({ tiny }: { tiny: boolean }): Workload[] {
  const files = Object.fromEntries(
    readdirSync(CONTRACTS).map((file) => [file, readFileSync(join(CONTRACTS, file), 'utf8')]),
  )
  const legacy = compileSolidity(files)
  const workloads = CASES.map((own) => ownWorkload(own, legacy, tiny ? own.tiny : own.count))
  if (tiny) return [ASSEMBLED, ...workloads]
  const viaIr = compileSolidity(files, { viaIr: true })
  const again = CASES.filter(({ name }) => ALSO_VIA_IR.has(name)).map((own) =>
    ownWorkload({ ...own, name: `${own.name}_ir` }, viaIr, own.count),
  )
  return [ASSEMBLED, ...workloads, ...again]
}

/** Fibonacci number `count` modulo 2^256, in a loop. */
export function fibWorkload(count: number): Workload {
  const compiled = compileSolidity({
    'Arithmetic.sol': readFileSync(join(CONTRACTS, 'Arithmetic.sol'), 'utf8'),
  })
  const [own] = CASES.filter(({ name }) => name === 'fib')
  return { ...ownWorkload({ ...own!, name: `fib(${count})` }, compiled, count), gas: FIB8_GAS }
}

function ownWorkload(own: OwnCase, compiled: Map<string, Compiled>, count: number): Workload {
  const { abi, runtime } = compiled.get(own.contract)!
  const calldata = encodeFunctionData({ abi, functionName: own.functionName, args: [BigInt(count)] })
  return { name: `own_${own.name}`, code: hexToBytes(runtime), calldata: hexToBytes(calldata), gas: GAS }
}
