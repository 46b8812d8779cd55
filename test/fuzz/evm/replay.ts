/** Cases as command line options and back: what a report prints, what `npm run fuzz -- evm --program …` reads. */
import { bytesToHex, hexToBytes } from '../../../src/lib/index.ts'
import { FORKS, type Fork } from '../../../src/protocol/index.ts'
import { codesOf, type FuzzCase } from './FuzzCase.ts'
import { itemsOf } from './items.ts'
import type { Run, RunMode } from './Outcome.ts'

/** As `parseArgs` gives them. */
export type ReplayOptions = {
  /** Codes of the contracts, the first is called. */
  program?: string[] | undefined
  calldata?: string | undefined
  value?: string | undefined
  gas?: string | undefined
  'gas-limit'?: string | undefined
  mode?: string | undefined
  fork?: string | undefined
  /** `contract:key=value`, all hexadecimal. */
  storage?: string[] | undefined
  creates?: boolean | undefined
  'parent-hash-pending'?: boolean | undefined
}

const MODES: readonly RunMode[] = ['call', 'transaction', 'blobTransaction']
const DEFAULT_GAS = 1_000_000n

/** The options that repeat one run of a case. */
export function replayOptions(fuzzCase: FuzzCase, run: Run): string {
  const options = codesOf(fuzzCase).map((code) => `--program ${bytesToHex(code)}`)
  for (const [index, { storage }] of fuzzCase.contracts.entries()) {
    for (const [key, value] of storage)
      options.push(`--storage ${index}:${key.toString(16)}=${value.toString(16)}`)
  }
  if (fuzzCase.data.length > 0) options.push(`--calldata ${bytesToHex(fuzzCase.data)}`)
  if (fuzzCase.value !== 0n) options.push(`--value ${fuzzCase.value}`)
  if (fuzzCase.creates) options.push('--creates')
  if (fuzzCase.parentHashPending) options.push('--parent-hash-pending')
  if (fuzzCase.fork !== 'Osaka') options.push(`--fork ${fuzzCase.fork}`)
  options.push(`--gas ${fuzzCase.gas}`)
  if (run.gas !== fuzzCase.gas) options.push(`--gas-limit ${run.gas}`)
  if (run.mode !== 'call') options.push(`--mode ${run.mode}`)
  return options.join(' ')
}

/** The case that options mean, and the run if they name one; undefined where they name no program. */
export function readReplay(options: ReplayOptions): { fuzzCase: FuzzCase; run: Run } | undefined {
  if (options.program === undefined) return undefined
  const gas = options.gas === undefined ? DEFAULT_GAS : BigInt(options.gas)
  const mode = MODES.find((each) => each === (options.mode ?? 'call'))
  if (mode === undefined) throw new RangeError(`--mode is one of ${MODES.join(', ')}`)
  const storage = (options.storage ?? []).map(readSlot)
  const fuzzCase: FuzzCase = {
    fork: readFork(options.fork),
    contracts: options.program.map((hex, index) => ({
      items: itemsOf(hexToBytes(hex.startsWith('0x') ? hex : `0x${hex}`)),
      storage: storage
        .filter((slot) => slot.contract === index)
        .map(({ key, value }) => [key, value] as const),
    })),
    creates: options.creates ?? false,
    data: hexToBytes(options.calldata ?? '0x'),
    value: BigInt(options.value ?? 0),
    gas,
    parentHashPending: options['parent-hash-pending'] ?? false,
  }
  const limit = options['gas-limit']
  return { fuzzCase, run: { mode, gas: limit === undefined ? gas : BigInt(limit) } }
}

function readFork(name = 'Osaka'): Fork {
  const fork = FORKS.find((each) => each === name)
  if (fork === undefined) throw new RangeError(`--fork is one of ${FORKS.join(', ')}`)
  return fork
}

function readSlot(text: string): { contract: number; key: bigint; value: bigint } {
  const match = /^(\d+):([0-9a-f]+)=([0-9a-f]+)$/.exec(text)
  if (!match) throw new RangeError(`--storage is contract:key=value in hexadecimal, not ${text}`)
  return { contract: Number(match[1]), key: BigInt(`0x${match[2]}`), value: BigInt(`0x${match[3]}`) }
}
