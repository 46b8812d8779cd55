import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseTransaction } from 'viem'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { decodeBlock, decodeHeader, EMPTY_TRIE_ROOT, type Header } from '../../protocol/index.ts'
import { RpcServer } from '../RpcServer.ts'
import { callMethod, FakeChain, resultOf, signTransfer } from '../testing/index.ts'
import type { ViewPooledTransaction } from '../ViewBlock.ts'

const WORD = new Uint8Array(32)
const SENDERS = [1, 2].map((n) => new Uint8Array(20).fill(n))

describe('debug_getRaw…', () => {
  it('gives header, block, receipts and transaction as they are encoded', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const raw = await signTransfer(0)
    const hash = await resultOf(server, 'eth_sendRawTransaction', [raw])
    const { error } = await callMethod(server, 'debug_getRawHeader', ['0x1'])
    assert.equal(error?.message, 'block 1 is not sealed yet: it has no header')
    chain.seal()
    const header = headerOf(chain)
    chain.blocks[1]!.header = header
    const encoded: string = await resultOf(server, 'debug_getRawHeader', ['0x1'])
    const decoded = decodeHeader(hexToBytes(encoded))
    assert.ok(decoded.ok)
    assert.deepEqual([decoded.header.number, decoded.header.timestamp], [1n, header.timestamp])
    const block = decodeBlock(hexToBytes(await resultOf(server, 'debug_getRawBlock', ['0x1'])))
    assert.ok(block.ok)
    assert.deepEqual(block.block.transactions.map(bytesToHex), [raw])
    assert.deepEqual(await resultOf(server, 'debug_getRawTransaction', [hash]), raw)
    const receipts: string[] = await resultOf(server, 'debug_getRawReceipts', ['0x1'])
    assert.deepEqual(receipts, [bytesToHex(chain.blocks[1]!.transactions[0]!.receipt)])
    for (const method of ['debug_getRawHeader', 'debug_getRawBlock', 'debug_getRawReceipts'])
      assert.equal((await callMethod(server, method, ['0x9'])).error?.message, 'block not found')
  })
})

describe('txpool_…', () => {
  it('tells what waits for a lower fee from what waits behind a gap', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const template = await signTransfer(0)
    // The first sender's nonce is 5: 5 and 6 could run, 8 can't.
    chain.nonces.set(bytesToHex(SENDERS[0]!), 5n)
    for (const [i, nonces] of [[8n, 6n, 5n], [1n]].entries()) {
      for (const nonce of nonces) addPooled(chain, { sender: SENDERS[i]!, nonce, template })
    }
    assert.deepEqual(await resultOf(server, 'txpool_status'), { pending: '0x2', queued: '0x2' })
    const [first, second] = SENDERS.map((sender) => bytesToHex(sender))
    type Content = Record<'pending' | 'queued', Record<string, Record<string, unknown>>>
    const content: Content = await resultOf(server, 'txpool_content')
    assert.deepEqual(Object.keys(content.pending), [first])
    assert.deepEqual(Object.keys(content.pending[first!]!), ['5', '6'])
    assert.deepEqual(Object.keys(content.queued[first!]!), ['8'])
    assert.deepEqual(Object.keys(content.queued[second!]!), ['1'])
    const own: Content = await resultOf(server, 'txpool_contentFrom', [second])
    assert.deepEqual(own, { pending: {}, queued: content.queued[second!] })
    // None of them is the node's own.
    assert.deepEqual(await resultOf(server, 'eth_pendingTransactions'), [])
    const lines: Content = await resultOf(server, 'txpool_inspect')
    assert.match(String(lines.pending[first!]!['5']), /^0x[0-9a-f]{40}: \d+ wei \+ \d+ gas × \d+ wei$/)
  })
})

describe('eth_fillTransaction', () => {
  it('fills in nonce, gas and fees, and encodes without a signature', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const [from, to] = SENDERS.map((sender) => bytesToHex(sender))
    chain.nonces.set(from!, 7n)
    type Filled = { raw: string; tx: Record<string, unknown> }
    const { raw, tx }: Filled = await resultOf(server, 'eth_fillTransaction', [{ from, to, value: '0x5' }])
    assert.deepEqual(
      [tx.type, tx.nonce, tx.gas, tx.value, tx.gasPrice, tx.r, tx.chainId],
      ['0x2', '0x7', '0x5208', '0x5', null, '0x0', '0x7a69'],
    )
    assert.equal(BigInt(tx.maxFeePerGas as string), 2n * chain.nextBaseFee() + 1_000_000n)
    const parsed = parseTransaction(raw as `0x02${string}`)
    assert.deepEqual([parsed.nonce, parsed.gas, parsed.value, parsed.to], [7, 21_000n, 5n, to])
    const legacy: Filled = await resultOf(server, 'eth_fillTransaction', [{ from, to, gasPrice: '0x9' }])
    assert.deepEqual([legacy.tx.type, legacy.tx.gasPrice, legacy.tx.maxFeePerGas], ['0x0', '0x9', null])
    const messageOf = async (call: object): Promise<string | undefined> =>
      (await callMethod(server, 'eth_fillTransaction', [call])).error?.message
    assert.equal(await messageOf({ from }), 'contract creation without any data provided')
    assert.match((await messageOf({ from, to, maxFeePerGas: '0x1' }))!, /^maxFeePerGas \(1\) </)
  })
})

describe('blocks without ommers', () => {
  it('have headers, no uncles, and raw transactions by place', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const raw = await signTransfer(0)
    await resultOf(server, 'eth_sendRawTransaction', [raw])
    const { hash } = chain.seal()
    const header: Record<string, unknown> = await resultOf(server, 'eth_getHeaderByNumber', ['0x1'])
    assert.deepEqual([header.number, header.transactions], ['0x1', undefined])
    assert.deepEqual(await resultOf(server, 'eth_getHeaderByHash', [bytesToHex(hash!)]), header)
    assert.equal(await resultOf(server, 'eth_getUncleByBlockNumberAndIndex', ['0x1', '0x0']), null)
    const place = ['0x1', '0x0']
    assert.equal(await resultOf(server, 'eth_getRawTransactionByBlockNumberAndIndex', place), raw)
    const byHash = [bytesToHex(hash!), '0x1']
    assert.equal(await resultOf(server, 'eth_getRawTransactionByBlockHashAndIndex', byHash), '0x')
  })
})

it('rpc_modules names the namespaces', async () => {
  const modules: Record<string, string> = await resultOf(new RpcServer(new FakeChain()), 'rpc_modules')
  for (const name of ['eth', 'net', 'web3', 'debug', 'txpool', 'rpc', 'leveret'])
    assert.equal(modules[name], '1.0')
})

describe('eth_config', () => {
  it('names the rules in force; a chain with one fork has no next', async () => {
    const config: { current: Record<string, unknown>; next: unknown; last: unknown } = await resultOf(
      new RpcServer(new FakeChain()),
      'eth_config',
    )
    assert.deepEqual([config.next, config.last], [null, null])
    assert.equal(config.current.chainId, '0x7a69')
    assert.equal(config.current.activationTime, 0)
    // CRC-32 of 32 zero bytes: the genesis hash of the chain of this test.
    assert.equal(config.current.forkId, '0x190a55ad')
  })
})

describe('eth_getStorageValues', () => {
  it('gives the values of several accounts, and refuses too many and none', async () => {
    const server = new RpcServer(new FakeChain(), { maxProofKeys: 3 })
    const address = bytesToHex(SENDERS[0]!)
    const key = bytesToHex(WORD.with(31, 7))
    assert.deepEqual(await resultOf(server, 'eth_getStorageValues', [{ [address]: [key, '0x1'] }]), {
      [address]: [key, bytesToHex(WORD.with(31, 1))],
    })
    const messageOf = async (request: unknown): Promise<string | undefined> =>
      (await callMethod(server, 'eth_getStorageValues', [request])).error?.message
    assert.equal(await messageOf({}), 'empty request')
    assert.equal(await messageOf({ [address]: [key, key, key, key] }), 'too many slots: 4 (max 3)')
    assert.match((await messageOf({ '0x12': [key] }))!, /^invalid argument 0: hex string has length 2/)
  })
})

function addPooled(
  chain: FakeChain,
  { sender, nonce, template }: { sender: Uint8Array; nonce: bigint; template: string },
): void {
  const hash = WORD.with(0, sender[0]!).with(31, Number(nonce))
  const raw = hexToBytes(template)
  const tx = {
    ...{ type: 0, chainId: 1n, nonce, gasPrice: 1n, gasLimit: 21_000n, to: SENDERS[0], value: 1n },
    ...{ data: new Uint8Array(0), yParity: 0, r: 1n, s: 1n },
  } as unknown as ViewPooledTransaction['tx']
  chain.pooled.set(bytesToHex(hash), { hash, sender, raw, tx })
}

function headerOf(chain: FakeChain): Header {
  const block = chain.blocks[1]!
  return {
    ...{ parentHash: WORD, ommersHash: WORD, coinbase: new Uint8Array(20), stateRoot: WORD },
    ...{ transactionsRoot: WORD, receiptsRoot: WORD, logsBloom: block.logsBloom, difficulty: 0n },
    ...{ number: block.number, gasLimit: block.gasLimit, gasUsed: block.gasUsed },
    ...{ timestamp: block.timestamp, extraData: block.extraData, prevRandao: WORD },
    ...{ nonce: new Uint8Array(8), baseFeePerGas: 7n, withdrawalsRoot: EMPTY_TRIE_ROOT },
    ...{ blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: WORD, requestsHash: WORD },
  }
}
