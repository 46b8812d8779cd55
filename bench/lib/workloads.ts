import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'

/** One execution: `code` at some address, called once. */
export type Workload = { name: string; group: string; code: Uint8Array; calldata: Uint8Array; gas: bigint }

/** Recorded figures of other engines for a workload, in ms; absent where none was recorded. */
export type PeerRecord = {
  gas_used: number
  evmone_baseline_ms?: number
  evmone_advanced_ms?: number
  revm_ms?: number
}

/** Where the shared workloads lie when they are there. */
export const DEFAULT_WORKLOADS: string = resolve(import.meta.dirname, '../../../shared/bench/workloads')

/** A workload of our own for places without the shared ones: sums 1 to 1,000 in a loop. */
const BUILT_IN: Workload = {
  name: 'built_in_sum',
  group: 'asm',
  // PUSH2 1000 PUSH0 JUMPDEST(4) DUP2 ADD SWAP1 PUSH1 1 SWAP1 SUB SWAP1 DUP2 PUSH1 4 JUMPI PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
  code: hexToBytes('0x6103e85f5b8101906001900390816004575f5260205ff3'),
  calldata: new Uint8Array(0),
  gas: 1_000_000n,
}

/** The workloads of a file or a folder; without a path the shared ones, or the built-in one where they are missing. */
export function readWorkloads(path: string | undefined): Workload[] {
  if (path === undefined && !existsSync(DEFAULT_WORKLOADS)) return [BUILT_IN]
  const from = resolve(path ?? DEFAULT_WORKLOADS)
  const files = statSync(from).isDirectory()
    ? readdirSync(from)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(from, name))
    : [from]
  return files.map(readWorkload)
}

/** The records beside a folder of workloads (`peers.json` one folder up); none where it is missing. */
export function readPeers(path: string | undefined): Record<string, PeerRecord> {
  const from = resolve(path ?? DEFAULT_WORKLOADS)
  const folder = existsSync(from) && statSync(from).isDirectory() ? from : dirname(from)
  const file = join(folder, '../peers.json')
  if (!existsSync(file)) return {}
  return (JSON.parse(readFileSync(file, 'utf8')) as { workloads: Record<string, PeerRecord> }).workloads
}

/** Short text that differs when the outcome does. */
export function outcomeText(gasUsed: bigint, output: Uint8Array): string {
  return `${gasUsed} gas, output ${bytesToHex(output.subarray(0, 32))} (${output.length} bytes)`
}

function readWorkload(file: string): Workload {
  const json = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'name' | 'group' | 'code' | 'calldata',
    string
  > & {
    gas: number
  }
  return {
    name: json.name,
    group: json.group,
    code: hexToBytes(json.code),
    calldata: hexToBytes(json.calldata),
    gas: BigInt(json.gas),
  }
}
