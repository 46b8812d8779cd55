import { assert, concatBytes } from '../lib/index.ts'
import {
  BEACON_ROOTS_CONTRACT,
  type BlockEnv,
  blobBaseFee,
  CONSOLIDATION_REQUEST_TYPE,
  CONSOLIDATION_REQUESTS_CONTRACT,
  DEPOSIT_REQUEST_TYPE,
  decodeReceipt,
  decodeTransaction,
  type EvmBlock,
  ExecutedTransactions,
  encodePrepared,
  FORK_RULES,
  type Header,
  HISTORY_CONTRACT,
  type Log,
  MAINNET_DEPOSIT_CONTRACT,
  maxBlobGasPerBlock,
  type PreparedTransaction,
  parseDeposits,
  recoverAuthorities,
  recoverSender,
  requestsHash,
  type TransactionExceptionCode,
  WITHDRAWAL_REQUEST_TYPE,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../protocol/index.ts'
import type { Engine } from './Engine.ts'
import type { BlockExceptionCode, BlockRules } from './validateHeader.ts'

export type BlockContext = {
  chainId: bigint
  rules: BlockRules
  /** Hash of an ancestor by number; undefined where the chain has none. */
  blockHash(number: bigint): Uint8Array | undefined
}

export type BlockOutcome =
  | {
      kind: 'executed'
      gasUsed: bigint
      blobGasUsed: bigint
      /** EIP-2718 consensus receipts. */
      receipts: Uint8Array[]
      logsBloom: Uint8Array
      /** EIP-7685 requests with data, type byte first. */
      requests: Uint8Array[]
      requestsHash: Uint8Array
    }
  /** What was executed so far is pending in the engine: roll it back. */
  | { kind: 'invalid'; code: BlockExceptionCode | TransactionExceptionCode; message: string }

type Failure = Extract<BlockOutcome, { kind: 'invalid' }>

const GWEI = 10n ** 9n

/**
 * Executes a block's body on its parent's state (execution-specs, apply_body): system calls, transactions, withdrawals,
 * requests. The header is taken as given: see validateHeader and importBlock. Nothing may be pending in the engine.
 */
export function executeBlock(engine: Engine, block: EvmBlock, context: BlockContext): BlockOutcome {
  engine.beginBlock(blockEnvironment(block.header, context), context.blockHash)
  beforeTransactions(engine, block.header, context)
  const receipts = executeTransactions(engine, block.transactions)
  if (!Array.isArray(receipts)) return receipts
  for (const { address, amountGwei } of block.withdrawals ?? []) engine.credit(address, amountGwei * GWEI)
  const requests = collectRequests(engine, receipts, context.rules)
  if (!Array.isArray(requests)) return requests
  return {
    kind: 'executed',
    gasUsed: engine.cumulativeGasUsed,
    blobGasUsed: engine.blobGasUsed,
    receipts,
    logsBloom: engine.logsBloom,
    requests,
    requestsHash: requestsHash(requests),
  }
}

/** The environment that a sealed header gives to its transactions. */
export function blockEnvironment(header: Header, { chainId, rules }: BlockContext): BlockEnv {
  assert(header.baseFeePerGas !== undefined, 'a header since London has a base fee')
  return {
    fork: rules.fork,
    chainId,
    number: header.number,
    timestamp: header.timestamp,
    coinbase: header.coinbase,
    gasLimit: header.gasLimit,
    baseFeePerGas: header.baseFeePerGas,
    prevRandao: header.prevRandao,
    blobBaseFee: blobBaseFee(header.excessBlobGas ?? 0n, rules.blobSchedule),
    maxBlobGasPerBlock: maxBlobGasPerBlock(rules.blobSchedule),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? new Uint8Array(32),
  }
}

/** EIP-4788 and EIP-2935: both contracts may be missing, then nothing happens. */
function beforeTransactions(engine: Engine, header: Header, { rules }: BlockContext): void {
  const { beaconRootsContract, historyContract } = FORK_RULES[rules.fork]
  if (beaconRootsContract) engine.systemCall(BEACON_ROOTS_CONTRACT.address, header.parentBeaconBlockRoot!)
  if (historyContract) engine.systemCall(HISTORY_CONTRACT.address, header.parentHash)
}

const NO_LIMITS = { transactions: 0xffffffff, gas: (1n << 63n) - 1n }

/** In order, up to the first that is not valid, whatever makes it so. */
function executeTransactions(engine: Engine, transactions: readonly Uint8Array[]): Uint8Array[] | Failure {
  const prepared: PreparedTransaction[] = []
  let failure: Failure | undefined
  for (const raw of transactions) {
    const preparation = prepare(raw, prepared.length)
    if ('kind' in preparation) failure = preparation
    else prepared.push(preparation)
    if (failure !== undefined) break
  }
  const receipts: Uint8Array[] = []
  for (let rest = encodePrepared(prepared); rest.length > 0; ) {
    const { bytesTaken, stop } = engine.executeBatch(rest, NO_LIMITS)
    for (const { receipt } of ExecutedTransactions.readAll(engine.takeChunk().transactions)!)
      receipts.push(receipt.slice())
    assert(stop?.kind !== 'needsParentHash', 'the parent of a given block is known')
    assert(stop?.kind !== 'unavailable', 'the state of a block that is imported is there')
    if (stop !== undefined) return invalid(stop.code, `transaction ${receipts.length}: ${stop.message}`)
    rest = rest.subarray(bytesTaken)
  }
  return failure ?? receipts
}

function prepare(raw: Uint8Array, index: number): PreparedTransaction | Failure {
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) return invalid(decoded.code, `transaction ${index}: ${decoded.message}`)
  const sender = recoverSender(decoded.transaction)
  if (sender === undefined) {
    return invalid(
      'TransactionException.INVALID_SIGNATURE_VRS',
      `transaction ${index}: no sender can be recovered`,
    )
  }
  return { raw, sender, authorities: recoverAuthorities(decoded.transaction) }
}

/** EIP-6110, EIP-7002 and EIP-7251 requests; a system contract that is missing or fails makes the block invalid. */
function collectRequests(
  engine: Engine,
  receipts: readonly Uint8Array[],
  { fork }: BlockRules,
): Uint8Array[] | Failure {
  if (!FORK_RULES[fork].requests) return []
  const deposits = parseDeposits(logsOf(receipts), MAINNET_DEPOSIT_CONTRACT)
  if (!deposits.ok) return invalid(deposits.code, deposits.message)
  const requests = [request(DEPOSIT_REQUEST_TYPE, deposits.data)]
  for (const [type, { address }] of REQUEST_CONTRACTS) {
    if (!engine.hasCode(address)) {
      return invalid(
        'BlockException.SYSTEM_CONTRACT_EMPTY',
        `the contract of request type ${type} has no code`,
      )
    }
    const { status, output } = engine.systemCall(address, new Uint8Array(0))
    if (status === 0) {
      return invalid(
        'BlockException.SYSTEM_CONTRACT_CALL_FAILED',
        `the contract of request type ${type} failed`,
      )
    }
    requests.push(request(type, output))
  }
  return requests.filter((item) => item.length > 1)
}

const REQUEST_CONTRACTS = [
  [WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUESTS_CONTRACT],
  [CONSOLIDATION_REQUEST_TYPE, CONSOLIDATION_REQUESTS_CONTRACT],
] as const

function request(type: number, data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(type), data)
}

function logsOf(receipts: readonly Uint8Array[]): Log[] {
  return receipts.flatMap((bytes) => {
    const decoded = decodeReceipt(bytes)
    assert(decoded.ok, 'the engine writes receipts that can be read')
    return decoded.receipt.logs
  })
}

function invalid(code: Failure['code'], message: string): Failure {
  return { kind: 'invalid', code, message }
}
