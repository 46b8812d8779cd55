/** Nodes for tests: each test has a data folder of its own, and closes what it started. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { bytesToHex, hexToBytes, toBigInt } from '../../lib/index.ts'
import { encodeTransaction, type FeeMarketTransaction, signHash, signingHash } from '../../protocol/index.ts'
import type { Node, NodeOptions } from '../nodeOptions.ts'
import { startNode } from '../startNode.ts'
import { until } from './until.ts'

/** The first account of the local chain's genesis. */
const KEY = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

/** A node waits no longer for a receipt. */
const MOST_SYNC_MS = 10_000

/** The data folder of the current test; nodes start with it, on a free port, with blocks of 100 ms. */
export function testNodes(): { folder: () => string; start: (options?: NodeOptions) => Promise<Node> } {
  let folder: string
  const running = new Set<Node>()
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leveret-node-'))
  })
  afterEach(async () => {
    await Promise.all([...running].map((node) => node.close()))
    running.clear()
    rmSync(folder, { recursive: true })
  })
  const start = async (options: NodeOptions = {}): Promise<Node> => {
    const node = await startNode({ port: 0, data: folder, blockMs: 100, ...options })
    running.add(node)
    return node
  }
  return { folder: () => folder, start }
}

/** The result of a JSON-RPC request; an error fails the test. */
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
export async function callNode(node: Node, method: string, params: unknown[]): Promise<any> {
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { result: unknown; error?: { message: string } }
  assert.equal(error, undefined, error?.message ?? method)
  return result
}

/** The receipt of a raw transaction, however long a busy machine takes for it. */
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
export function sendSync(node: Node, raw: string): Promise<any> {
  return callNode(node, 'eth_sendRawTransactionSync', [raw, MOST_SYNC_MS])
}

/** A raw transaction, without data, of the local chain's first account. */
export function signedTransaction(
  fields: Pick<FeeMarketTransaction, 'nonce' | 'gasLimit' | 'value'> & { to: string },
): string {
  const unsigned: FeeMarketTransaction = {
    type: 2,
    chainId: 31337n,
    data: new Uint8Array(0),
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1n,
    accessList: [],
    yParity: 0,
    r: 0n,
    s: 0n,
    ...fields,
    to: hexToBytes(fields.to),
  }
  const { r, s, yParity } = signHash(signingHash(unsigned), KEY)
  return bytesToHex(encodeTransaction({ ...unsigned, yParity, r: toBigInt(r), s: toBigInt(s) }))
}

/** The block once it has its hash. */
// biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
export async function sealedBlock(node: Node, number: string): Promise<any> {
  let block: { hash: string | null } | null = null
  await until(`the hash of block ${number}`, async () => {
    block = await callNode(node, 'eth_getBlockByNumber', [number, false])
    return Boolean(block?.hash)
  })
  return block
}
