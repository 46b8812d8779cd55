import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Chunk, LogRecord } from '../../src/feed/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import { bloomOfLogs, decodeReceipt, encodeReceipt, type Receipt } from '../../src/protocol/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { withDiff, withLie, withTransaction } from './lies.ts'
import { verifyRecords } from './RecordedChain.ts'

const { records, refusals } = eventfulChain()

type Kind<K extends LogRecord['kind']> = Extract<LogRecord, { kind: K }>

/** Number of the `n`-th record of a kind that is as wanted. */
function find<K extends LogRecord['kind']>(
  kind: K,
  isWanted: (record: Kind<K>) => boolean = () => true,
): number {
  const at = records.findIndex(({ record }) => record.kind === kind && isWanted(record as Kind<K>))
  assert.notEqual(at, -1, `no such ${kind} was recorded`)
  return at
}

/** Of the chunk with many token transfers. */
const transfers = find('chunk', ({ transactions }) => transactions.length > 128)
const chunkAt = (at: number): Chunk => records[at]!.record as Chunk

function altered(receipt: Uint8Array, change: (receipt: Receipt) => Partial<Receipt>): Uint8Array {
  const decoded = decodeReceipt(receipt)
  assert.ok(decoded.ok)
  return encodeReceipt({ ...decoded.receipt, ...change(decoded.receipt) })
}

/** The difference that a full node finds, at the record that has the lie. */
function found(at: number, change: (record: LogRecord) => LogRecord | undefined): Record<string, unknown> {
  const { difference, verified } = verifyRecords(withLie(records, at, change))
  assert.ok(difference !== undefined, 'the lie is not found')
  assert.equal(verified, at, 'the lie is found where it is told')
  const { field, ours, theirs, transaction } = difference
  return { field, ours, theirs, at: transaction?.index, hash: transaction && bytesToHex(transaction.hash) }
}

/** Likewise, for one transaction of the chunk with transfers, of whose receipt something is changed. */
function foundInReceipt(place: number, change: (receipt: Receipt) => Partial<Receipt>) {
  const lie = found(transfers, (record) =>
    withTransaction(record as Chunk, place, ({ receipt }) => ({ receipt: altered(receipt, change) })),
  )
  const { firstTransactionIndex, transactions } = chunkAt(transfers)
  assert.equal(lie.at, firstTransactionIndex + place)
  assert.equal(lie.hash, bytesToHex(transactions.at(place)!.hash))
  return [lie.field, lie.ours, lie.theirs]
}

describe('what a sequencer has executed, executed again', () => {
  it('gives the same records byte for byte: tokens, creations, delegations, requests, hashes of blocks', () => {
    assert.deepEqual(refusals, [])
    const kinds = new Set(records.map(({ record }) => record.kind))
    assert.deepEqual([...kinds].sort(), ['chunk', 'closeBlock', 'openBlock', 'sealHeader', 'sealMiniBlock'])
    assert.ok(find('closeBlock', ({ requests }) => requests.length > 0) > 0)
    assert.deepEqual(verifyRecords(records), { difference: undefined, verified: records.length })
  })

  it('names the first transaction and field of a receipt that is not what execution gives', () => {
    assert.deepEqual(
      foundInReceipt(200, () => ({ status: 0 })),
      ['status', '1', '0'],
    )
    const gas = foundInReceipt(250, ({ cumulativeGasUsed }) => ({
      cumulativeGasUsed: cumulativeGasUsed + 1n,
    }))
    assert.equal(gas[0], 'gasUsed')
    assert.equal(BigInt(gas[2] as string) - BigInt(gas[1] as string), 1n)
    assert.deepEqual(
      foundInReceipt(7, () => ({ logs: [], bloom: bloomOfLogs([]) })),
      ['logs', '1', '0'],
    )
    const relogged = (change: (log: Receipt['logs'][number]) => Partial<Receipt['logs'][number]>) =>
      foundInReceipt(3, ({ logs }) => ({ logs: logs.map((log) => ({ ...log, ...change(log) })) }))[0]
    assert.equal(
      relogged(() => ({ address: new Uint8Array(20) })),
      'log 0 address',
    )
    assert.equal(
      relogged(() => ({ data: new Uint8Array(32) })),
      'log 0 data',
    )
    assert.equal(
      relogged(({ topics }) => ({ topics: topics.slice(1) })),
      'log 0 topics',
    )
    assert.equal(foundInReceipt(3, () => ({ bloom: new Uint8Array(256) }))[0], 'bloom')
    assert.equal(foundInReceipt(3, () => ({ type: 1 }))[0], 'type')
  })

  it('finds a claimed sender or hash, a forged signature, and what can not be read', () => {
    const lie = (change: Parameters<typeof withTransaction>[2]) =>
      found(transfers, (record) => withTransaction(record as Chunk, 150, change))
    assert.equal(lie(() => ({ sender: new Uint8Array(20).fill(1) })).field, 'sender')
    assert.equal(lie(() => ({ hash: new Uint8Array(32).fill(1) })).field, 'hash')
    assert.equal(lie(() => ({ receipt: Uint8Array.of(0xc0) })).field, 'receipt')
    assert.deepEqual(
      [lie(() => ({ raw: new Uint8Array(9) })), lie(({ raw }) => ({ raw: raw.subarray(0, -1) }))].map(
        ({ field, at }) => [field, at],
      ),
      Array(2).fill(['validity', chunkAt(transfers).firstTransactionIndex + 150]),
    )
  })

  it('finds a transaction that is left out, told twice, or in another order', () => {
    /** With the raw bytes of other places. */
    const reordered = (places: number[]) =>
      found(transfers, (record) => {
        const all = [...(record as Chunk).transactions]
        return places.reduce(
          (chunk, from, to) => withTransaction(chunk, to, () => ({ raw: all[from]!.raw })),
          record as Chunk,
        )
      })
    for (const places of [[1], [1, 0], [0, 0]]) {
      const { field, ours } = reordered(places)
      assert.equal(field, 'validity')
      assert.match(String(ours), /nonce/i)
    }
  })
})

describe('a state diff or a block that execution does not give', () => {
  it('is named by account, slot or code, and who changed it last', () => {
    const lie = (change: Parameters<typeof withDiff>[1], at = transfers) =>
      found(at, (record) => withDiff(record as Chunk, change))
    const { field, ours, theirs, at } = lie(({ accounts }) => {
      accounts.find(({ nonce }) => nonce > 0n)!.balance += 1n
    })
    assert.match(String(field), /^balance of account 0x/)
    assert.equal(BigInt(theirs as string) - BigInt(ours as string), 1n)
    const { firstTransactionIndex, transactions } = chunkAt(transfers)
    assert.equal(at, firstTransactionIndex + transactions.length - 1, 'the last that pays')
    assert.match(
      String(lie(({ accounts }) => Object.assign(accounts[0]!, { nonce: 99n })).field),
      /^nonce of account 0x/,
    )
    assert.match(String(lie(({ accounts }) => void accounts.pop()).theirs), /not changed/)
    assert.match(String(lie(({ slots }) => void slots.shift()).field), /^slot 0x.* of account 0x/)
    const slot = lie(({ slots }) => void slots[5]!.value.fill(0))
    assert.match(String(slot.field), /^slot 0x/)
    // Transfers go round 40 receivers, of whom the first gets nothing in the first round; 285 is the last to the sixth.
    assert.equal(slot.at, firstTransactionIndex + 285)
    const extra = { address: new Uint8Array(20), key: new Uint8Array(32), value: new Uint8Array(32).fill(1) }
    assert.match(String(lie(({ slots }) => void slots.push(extra)).ours), /not changed/)
    assert.match(String(lie(({ slots }) => void slots.reverse()).field), /^order of the state diff/)
    const creation = find('chunk', ({ diff, transactions: { length } }) => length > 0 && diff.length > 2000)
    assert.match(String(lie(({ codes }) => void codes.pop(), creation).field), /^code 0x/)
  })

  it('is found where a call of the protocol was left out or made up', () => {
    const parentHash = find('chunk', ({ transactions }) => transactions.length === 0)
    assert.match(
      String(
        found(parentHash, (record) => withDiff(record as Chunk, ({ slots }) => void slots[0]!.value.fill(1)))
          .field,
      ),
      /^(beacon root|parent hash): slot 0x/,
    )
    const { difference } = verifyRecords(withLie(records, parentHash, () => undefined))
    assert.match(difference!.field, /^(beacon root|parent hash): /)
    const { difference: made } = verifyRecords(
      withLie(records, transfers, (record) => ({
        ...withDiff(record as Chunk, () => {}),
        transactions: (record as Chunk).transactions.slice(0, 0),
      })),
    )
    assert.equal(made!.field, 'change without a transaction')
  })

  it('is found where it does not follow from its parent and the rules, and where it ends otherwise', () => {
    const second = find('openBlock', ({ number }) => number === 2n)
    const opened = (change: Partial<Kind<'openBlock'>>) =>
      found(second, (record) => ({ ...(record as Kind<'openBlock'>), ...change })).field
    assert.equal(opened({ baseFeePerGas: 1n }), 'baseFeePerGas')
    assert.equal(opened({ gasLimit: 1n }), 'gasLimit')
    assert.equal(opened({ coinbase: new Uint8Array(20).fill(1) }), 'coinbase')
    assert.equal(opened({ excessBlobGas: 1n }), 'excessBlobGas')
    assert.equal(opened({ timestamp: 1n }), 'timestamp')
    assert.equal(opened({ parentBeaconBlockRoot: new Uint8Array(32).fill(1) }), 'parentBeaconBlockRoot')
    const closing = find('closeBlock', ({ requests }) => requests.length > 0)
    const closed = (change: Partial<Kind<'closeBlock'>>) =>
      found(closing, (record) => ({ ...(record as Kind<'closeBlock'>), ...change })).field
    assert.equal(closed({ gasUsed: 1n }), 'block gasUsed')
    assert.equal(closed({ blobGasUsed: 1n }), 'block blobGasUsed')
    assert.equal(closed({ requests: [] }), 'requests')
    const sealing = find('sealMiniBlock', ({ transactionCount }) => transactionCount > 0)
    assert.equal(
      found(sealing, (record) => ({ ...(record as Kind<'sealMiniBlock'>), gasUsed: 1n })).field,
      'mini-block gasUsed',
    )
  })
})
