import assert from 'node:assert/strict'
import type { Json } from './rpc.ts'

/** What typed clients (alloy, graph-node, Blockscout) insist on: a value of another form is an error to them. */
const FORMS = {
  hash: /^0x[0-9a-f]{64}$/,
  address: /^0x[0-9a-f]{40}$/,
  maybeAddress: /^(?:null|0x[0-9a-f]{40})$/,
  bloom: /^0x[0-9a-f]{512}$/,
  nonce: /^0x[0-9a-f]{16}$/,
  data: /^0x(?:[0-9a-f]{2})*$/,
  quantity: /^0x(?:0|[1-9a-f][0-9a-f]*)$/,
  no: /^false$/,
} as const

type Form = keyof typeof FORMS

const HEADER: Record<string, Form> = {
  ...{ hash: 'hash', parentHash: 'hash', sha3Uncles: 'hash', miner: 'address', stateRoot: 'hash' },
  ...{ transactionsRoot: 'hash', receiptsRoot: 'hash', logsBloom: 'bloom', difficulty: 'quantity' },
  ...{ number: 'quantity', gasLimit: 'quantity', gasUsed: 'quantity', timestamp: 'quantity' },
  ...{ extraData: 'data', mixHash: 'hash', nonce: 'nonce', baseFeePerGas: 'quantity' },
  ...{ withdrawalsRoot: 'hash', blobGasUsed: 'quantity', excessBlobGas: 'quantity' },
  ...{ parentBeaconBlockRoot: 'hash' },
}
const TRANSACTION: Record<string, Form> = {
  ...{ hash: 'hash', blockHash: 'hash', blockNumber: 'quantity', transactionIndex: 'quantity' },
  ...{ type: 'quantity', nonce: 'quantity', from: 'address', to: 'maybeAddress', value: 'quantity' },
  ...{ gas: 'quantity', gasPrice: 'quantity', input: 'data', v: 'quantity', r: 'quantity', s: 'quantity' },
}
const LOG: Record<string, Form> = {
  ...{ address: 'address', data: 'data', blockHash: 'hash', blockNumber: 'quantity' },
  ...{ transactionHash: 'hash', transactionIndex: 'quantity', logIndex: 'quantity', removed: 'no' },
}
const RECEIPT: Record<string, Form> = {
  ...{ transactionHash: 'hash', transactionIndex: 'quantity', blockHash: 'hash', blockNumber: 'quantity' },
  ...{ from: 'address', to: 'maybeAddress', contractAddress: 'maybeAddress', type: 'quantity' },
  ...{ status: 'quantity', gasUsed: 'quantity', cumulativeGasUsed: 'quantity' },
  ...{ effectiveGasPrice: 'quantity', logsBloom: 'bloom' },
}

/** A sealed block, with its transactions if they are whole. */
export function assertBlockForm(block: Json): void {
  assertForm(block, HEADER)
  assertForm(block, { size: 'quantity' })
  assert.deepEqual(block.uncles, [])
  for (const transaction of block.transactions) {
    if (typeof transaction === 'string') assert.match(transaction, FORMS.hash)
    else assertForm(transaction, TRANSACTION)
  }
}

export function assertHeaderForm(header: Json): void {
  assertForm(header, HEADER)
}

export function assertTransactionForm(transaction: Json): void {
  assertForm(transaction, TRANSACTION)
}

export function assertLogForm(log: Json): void {
  assertForm(log, LOG)
  for (const topic of log.topics) assert.match(topic, FORMS.hash)
}

/** A receipt and its logs. */
export function assertReceiptForm(receipt: Json): void {
  assertForm(receipt, RECEIPT)
  for (const log of receipt.logs) assertLogForm(log)
}

function assertForm(json: Json, fields: Record<string, Form>): void {
  for (const [name, form] of Object.entries(fields)) assert.match(String(json[name]), FORMS[form], name)
}
