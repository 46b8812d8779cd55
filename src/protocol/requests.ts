import { bytesToHex, concatBytes, equalBytes, hexToBytes, sha256 } from '../lib/index.ts'
import type { Log } from './Receipt.ts'

/** EIP-7685 request types: the first byte of each request. */
export const DEPOSIT_REQUEST_TYPE = 0x00
export const WITHDRAWAL_REQUEST_TYPE = 0x01
export const CONSOLIDATION_REQUEST_TYPE = 0x02

/** The deposit contract of Ethereum's main network (EIP-6110). */
export const MAINNET_DEPOSIT_CONTRACT: Uint8Array = hexToBytes('0x00000000219ab540356cbb839cbe05303d7705fa')

/** keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)"). */
export const DEPOSIT_EVENT_TOPIC: Uint8Array = hexToBytes(
  '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5',
)

export type DepositResult =
  | { ok: true; data: Uint8Array }
  | { ok: false; code: 'BlockException.INVALID_DEPOSIT_EVENT_LAYOUT'; message: string }

/**
 * The header's requests hash: sha256 over the sha256 of each request (type byte ‖ data) that has data (EIP-7685).
 * `requests` are in ascending order of type.
 */
export function requestsHash(requests: readonly Uint8Array[]): Uint8Array {
  const withData = requests.filter((request) => request.length > 1)
  return sha256(concatBytes(...withData.map((request) => sha256(request))))
}

/**
 * The data of a block's deposit request (without its type byte): each deposit event of the deposit contract as 192
 * bytes, in order of emission (EIP-6110). An event of another layout makes the block invalid.
 *
 * @param logs - all logs of the block in order.
 */
export function parseDeposits(logs: readonly Log[], depositContract: Uint8Array): DepositResult {
  const deposits: Uint8Array[] = []
  for (const log of logs) {
    const [topic] = log.topics
    if (topic === undefined || !equalBytes(topic, DEPOSIT_EVENT_TOPIC)) continue
    if (!equalBytes(log.address, depositContract)) continue
    const wrong = checkLayout(log.data)
    if (wrong !== undefined) {
      const message = `invalid deposit event of ${bytesToHex(log.address)}: ${wrong}`
      return { ok: false, code: 'BlockException.INVALID_DEPOSIT_EVENT_LAYOUT', message }
    }
    const parts = DEPOSIT_LAYOUT.map(({ offset, size }) =>
      log.data.subarray(offset + WORD, offset + WORD + size),
    )
    deposits.push(concatBytes(...parts))
  }
  return { ok: true, data: concatBytes(...deposits) }
}

const WORD = 32
const DEPOSIT_EVENT_BYTES = 576

/** ABI layout of the event's five `bytes`: where the length of each stands, and what it must be. */
const DEPOSIT_LAYOUT = [
  { field: 'pubkey', offset: 160, size: 48 },
  { field: 'withdrawal_credentials', offset: 256, size: 32 },
  { field: 'amount', offset: 320, size: 8 },
  { field: 'signature', offset: 384, size: 96 },
  { field: 'index', offset: 512, size: 8 },
] as const

function checkLayout(data: Uint8Array): string | undefined {
  if (data.length !== DEPOSIT_EVENT_BYTES) return `${data.length} bytes instead of ${DEPOSIT_EVENT_BYTES}`
  for (const [i, { field, offset, size }] of DEPOSIT_LAYOUT.entries()) {
    if (!isWord(data, i * WORD, offset)) return `the offset of ${field} is not ${offset}`
    if (!isWord(data, offset, size)) return `the size of ${field} is not ${size}`
  }
  return undefined
}

/** Whether the 32-byte word at `at` is `value`, which is below 65536. */
function isWord(data: Uint8Array, at: number, value: number): boolean {
  for (let i = at; i < at + WORD - 2; i++) if (data[i] !== 0) return false
  return data[at + WORD - 2]! * 256 + data[at + WORD - 1]! === value
}
