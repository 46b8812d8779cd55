import { concatBytes, toBigInt } from '../lib/index.ts'
import { addToBloom, BLOOM_SIZE } from './bloom.ts'
import { type RlpValue, rlpDecode, rlpEncode, rlpInteger } from './rlp.ts'
import type { TransactionType } from './Transaction.ts'

/** An event (Yellow Paper section 4.3.1): address 20 bytes, up to four topics of 32 bytes, any data. */
export type Log = { address: Uint8Array; topics: Uint8Array[]; data: Uint8Array }

/** A transaction's outcome as consensus sees it. */
export type Receipt = {
  type: TransactionType
  /** 1: success; 0: reverted or halted. 1 where `root` stands in its place. */
  status: 0 | 1
  /** Before Byzantium, in place of the status: root of the state after the transaction. */
  root?: Uint8Array
  /** Gas used in the block up to and including this transaction. */
  cumulativeGasUsed: bigint
  /** 256 bytes over the logs' addresses and topics. */
  bloom: Uint8Array
  logs: Log[]
}

export type ReceiptResult = { ok: true; receipt: Receipt } | ReceiptFailure
export type ReceiptFailure = { ok: false; code: 'InvalidReceipt'; message: string }

/** EIP-2718 consensus form: type byte (none for legacy) ‖ rlp([status, cumulativeGasUsed, bloom, logs]). */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const logs = receipt.logs.map(logToRlp)
  const gas = rlpInteger(receipt.cumulativeGasUsed)
  const outcome = receipt.root ?? rlpInteger(BigInt(receipt.status))
  const payload = rlpEncode([outcome, gas, receipt.bloom, logs])
  return receipt.type === 0 ? payload : concatBytes(Uint8Array.of(receipt.type), payload)
}

/** Inverse of {@link encodeReceipt}. Byte strings of the result are views of `bytes`. */
export function decodeReceipt(bytes: Uint8Array): ReceiptResult {
  const first = bytes[0]
  if (first === undefined) return failure('it is empty')
  const isTyped = first < 0x80
  if (isTyped && (first < 1 || first > 4)) return failure(`type ${first} is not known`)
  const decoded = rlpDecode(isTyped ? bytes.subarray(1) : bytes)
  if (!decoded.ok) return failure(decoded.message)
  const fields = decoded.value
  if (fields instanceof Uint8Array || fields.length !== 4) return failure('it is not a list of four')
  const [status, gas, bloom, logs] = fields
  const outcome = status instanceof Uint8Array ? outcomeOf(status) : undefined
  if (outcome === undefined) return failure('the status is neither 0 nor 1')
  if (!(gas instanceof Uint8Array) || gas.length > 8 || gas[0] === 0)
    return failure('cumulativeGasUsed is no uint64')
  if (!(bloom instanceof Uint8Array) || bloom.length !== BLOOM_SIZE)
    return failure('the bloom has not 256 bytes')
  if (logs === undefined || logs instanceof Uint8Array) return failure('the logs are not a list')
  const parsed: Log[] = []
  for (const item of logs) {
    const log = logFromRlp(item)
    if (log === undefined) return failure('a log is not [address, topics, data]')
    parsed.push(log)
  }
  const type = (isTyped ? first : 0) as TransactionType
  const cumulativeGasUsed = toBigInt(gas)
  return {
    ok: true,
    receipt: { type, ...outcome, cumulativeGasUsed, bloom, logs: parsed },
  }
}

function outcomeOf(status: Uint8Array): Pick<Receipt, 'status' | 'root'> | undefined {
  if (status.length === 32) return { status: 1, root: status }
  if (status.length === 0) return { status: 0 }
  return status.length === 1 && status[0] === 1 ? { status: 1 } : undefined
}

/** The bloom of some logs: every address and topic. */
export function bloomOfLogs(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_SIZE)
  for (const log of logs) {
    addToBloom(bloom, log.address)
    for (const topic of log.topics) addToBloom(bloom, topic)
  }
  return bloom
}

/** EVM limit: LOG0 to LOG4. */
const MAX_TOPICS = 4

function logToRlp(log: Log): RlpValue {
  return [log.address, log.topics, log.data]
}

function logFromRlp(value: RlpValue): Log | undefined {
  if (value instanceof Uint8Array || value.length !== 3) return undefined
  const [address, topics, data] = value
  if (!(address instanceof Uint8Array) || address.length !== 20 || !(data instanceof Uint8Array))
    return undefined
  if (topics === undefined || topics instanceof Uint8Array || topics.length > MAX_TOPICS) return undefined
  if (!topics.every(isTopic)) return undefined
  return { address, topics, data }
}

function isTopic(value: RlpValue): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 32
}

function failure(reason: string): ReceiptFailure {
  return { ok: false, code: 'InvalidReceipt', message: `invalid receipt: ${reason}` }
}
