import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { hexToBytes } from '../../src/lib/index.ts'

/** One execution: `code` at some address, called once by another account on empty storage. */
export type Workload = { name: string; code: Uint8Array; calldata: Uint8Array; gas: bigint }

/** Recorded figures of other engines for a workload, in ms; absent where none was recorded. */
export type PeerRecord = {
  /** Of the execution alone, before refunds. */
  gas_used: number
  evmone_baseline_ms?: number
  revm_ms?: number
}

/** Where the shared workloads lie when they are there. */
export const SHARED_WORKLOADS: string = resolve(import.meta.dirname, '../../../shared/bench/workloads')

/** The workloads of a file or of a folder of them, in order of their file names. */
export function readWorkloads(path: string): Workload[] {
  const from = resolve(path)
  if (!statSync(from).isDirectory()) return [readWorkload(from)]
  return readdirSync(from)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readWorkload(join(from, name)))
}

/** The records beside a folder of workloads (`peers.json` one folder up); none where it is missing. */
export function readPeers(path: string): Record<string, PeerRecord> {
  const from = resolve(path)
  const folder = statSync(from).isDirectory() ? from : dirname(from)
  const file = join(folder, '../peers.json')
  if (!existsSync(file)) return {}
  return (JSON.parse(readFileSync(file, 'utf8')) as { workloads: Record<string, PeerRecord> }).workloads
}

function readWorkload(file: string): Workload {
  const { name, code, calldata, gas } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'name' | 'code' | 'calldata',
    string
  > & { gas: number }
  return { name, code: hexToBytes(code), calldata: hexToBytes(calldata), gas: BigInt(gas) }
}
