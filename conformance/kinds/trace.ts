import { basename, dirname } from 'node:path'
import { makeTracer, TracingEngine } from '../../src/execution/index.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import {
  blobBaseFee,
  decodeTransaction,
  FORK_RULES,
  type Fork,
  recoverAuthorities,
  recoverSender,
  rlpDecode,
  type Transaction,
} from '../../src/protocol/index.ts'
import { blockEnv, wordOf } from '../environment.ts'
import { failed, PASSED, passedFor, skipped, type TestCase, type Verdict } from '../testCase.ts'
import { type Allocation, load, worldOf } from '../world.ts'
import { compareTraces } from './traceComparison.ts'

/** A recorded trace: the state before, the block around, the transaction, and what geth's tracer says of it. */
type TraceTest = {
  genesis: {
    alloc: Record<string, Partial<Allocation[string]>>
    config: Record<string, unknown>
    mixHash: string
    excessBlobGas?: string
  }
  context: {
    number: string
    timestamp: string
    gasLimit: string
    miner: string
    baseFeePerGas?: string
  }
  input: string
  tracerConfig?: unknown
  result: unknown
}

const TRACERS: Readonly<Record<string, string>> = {
  call_tracer: 'callTracer',
  call_tracer_withLog: 'callTracer',
  call_tracer_flat: 'flatCallTracer',
  erc7562_tracer: 'erc7562Tracer',
  prestate_tracer: 'prestateTracer',
  prestate_tracer_with_diff_mode: 'prestateTracer',
}

/** Forks by block number, newest first; those by time come after. Under the older ones the engine runs Shanghai's rules. */
const BLOCK_FORKS = [
  ['londonBlock', 'London'],
  ['berlinBlock', 'Berlin'],
  ['istanbulBlock', 'Istanbul'],
  ['petersburgBlock', 'Petersburg'],
  ['constantinopleBlock', 'Constantinople'],
  ['byzantiumBlock', 'Byzantium'],
  ['eip158Block', 'SpuriousDragon'],
  ['eip150Block', 'TangerineWhistle'],
  ['homesteadBlock', 'Homestead'],
] as const
const TIME_FORKS = [
  ['osakaTime', 'Osaka'],
  ['pragueTime', 'Prague'],
  ['cancunTime', 'Cancun'],
  ['shanghaiTime', 'Shanghai'],
] as const
const OLDEST: Fork = 'Shanghai'
/** There, contracts begin with nonce 0. */
const BEFORE_EIP_161: ReadonlySet<string> = new Set(['Frontier', 'Homestead', 'TangerineWhistle'])

/** Under the older forks' gas these go another way: they are not compared. */
const OTHER_WAYS: ReadonlyMap<string, string> = new Map([
  [
    'create_oog_parity',
    'Istanbul: what runs out of gas in the creation there ends before it here (EIP-2929, EIP-3860)',
  ],
  ['nested_create_action_gas', 'Istanbul: it runs out of gas at another instruction (EIP-2929)'],
  ['skip_no_balance_error', 'Istanbul: its init code is longer than EIP-3860 allows'],
  ['inner_create', 'Frontier: a contract pays by the gas that is left (EIP-2929)'],
  ['inner_create_disable_code_and_storage', 'Frontier: a contract pays by the gas that is left (EIP-2929)'],
])

const tracing = await TracingEngine.open({ memoryMiB: 512, evmMemoryMiB: 128 })

/** Results of debug_traceTransaction (go-ethereum, eth/tracers/internal/tracetest); the folder names the tracer. */
export function* traceCases(test: TraceTest, path: string): Generator<TestCase> {
  const fork = forkOf(test)
  yield { name: basename(path, '.json'), kind: 'trace', fork, run: () => run(test, path, fork) }
}

function run(test: TraceTest, path: string, recordedFork: string): Verdict {
  const name = TRACERS[basename(dirname(path))]
  if (name === undefined) return skipped(`a tracer that isn't here: ${basename(dirname(path))}`)
  const otherWay = OTHER_WAYS.get(basename(path, '.json'))
  if (otherWay !== undefined) return skipped(otherWay)
  const isOld = !(recordedFork in FORK_RULES)
  const received = trace(test, name, isOld ? OLDEST : (recordedFork as Fork))
  if ('refusal' in received) return failed('the transaction is refused', 'executed', received.refusal)
  const comparison = compareTraces(test.result, JSON.parse(received.json), {
    payers: [received.sender, test.context.miner],
    isOld,
    startsWithNonce: !BEFORE_EIP_161.has(recordedFork),
  })
  if (comparison.kind === 'equal') return PASSED
  if (comparison.kind === 'different')
    return failed('the trace differs', comparison.expected, comparison.received)
  return passedFor(
    `recorded under ${recordedFork}: equal but for what differs there (${comparison.members.join(', ')})`,
  )
}

type Traced = { json: string; sender: string } | { refusal: string }

function trace(test: TraceTest, name: string, fork: Fork): Traced {
  tracing.engine.reset()
  load(worldOf(allocationOf(test)), tracing.engine)
  const { context, genesis } = test
  tracing.beginBlock(
    blockEnv({
      fork,
      chainId: BigInt(String(genesis.config.chainId)),
      number: BigInt(context.number),
      timestamp: BigInt(context.timestamp),
      gasLimit: BigInt(context.gasLimit),
      coinbase: wordOf(context.miner, 20),
      baseFeePerGas: BigInt(context.baseFeePerGas ?? 0),
      prevRandao: wordOf(genesis.mixHash, 32),
      blobBaseFee: blobBaseFee(BigInt(genesis.excessBlobGas ?? 0), FORK_RULES[fork].blobSchedule),
    }),
    () => undefined,
  )
  tracing.engine.parentHashKnown()
  const raw = envelopeOf(hexToBytes(test.input.startsWith('0x') ? test.input : `0x${test.input}`))
  const transaction = transactionOf(raw)
  const sender = recoverSender(transaction)
  if (sender === undefined) return { refusal: 'no sender can be recovered' }
  const tracer = makeTracer(
    { name, config: test.tracerConfig },
    { place: {}, logsBefore: 0, checkSize: () => {} },
  )
  const signed = { raw, transaction, sender, authorities: recoverAuthorities(transaction) }
  const outcome = tracing.executeTransaction(signed, tracer)
  if (outcome.kind !== 'executed')
    return { refusal: outcome.kind === 'invalid' ? `${outcome.code}: ${outcome.message}` : outcome.kind }
  return { json: tracer.result(), sender: bytesToHex(sender) }
}

/** geth's tests have typed transactions as they are, or as an RLP string around. */
function envelopeOf(input: Uint8Array): Uint8Array {
  if (input[0]! < 0x80 || input[0]! >= 0xc0) return input
  const decoded = rlpDecode(input)
  return decoded.ok ? (decoded.value as Uint8Array) : input
}

function transactionOf(raw: Uint8Array): Transaction {
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) throw new Error(`${decoded.code}: ${decoded.message}`)
  return decoded.transaction
}

function allocationOf({ genesis }: TraceTest): Allocation {
  return Object.fromEntries(
    Object.entries(genesis.alloc).map(([address, { nonce, balance, code, storage }]) => [
      address.startsWith('0x') ? address : `0x${address}`,
      { nonce: nonce ?? '0', balance: balance ?? '0', code: code ?? '0x', storage: storage ?? {} },
    ]),
  )
}

/** The newest fork that is active in the test's block. */
function forkOf({ genesis: { config }, context }: TraceTest): string {
  const reached = (key: string, at: string): boolean =>
    config[key] !== undefined && config[key] !== null && BigInt(String(config[key])) <= BigInt(at)
  const byTime = TIME_FORKS.find(([key]) => reached(key, context.timestamp))
  return (byTime ?? BLOCK_FORKS.find(([key]) => reached(key, context.number)))?.[1] ?? 'Frontier'
}
