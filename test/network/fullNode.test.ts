import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Chunk, encodeEntry, type FeedEntry } from '../../src/feed/index.ts'
import { testSigner } from '../../src/feed/testing/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import type { Node } from '../../src/node/nodeOptions.ts'
import { startNode } from '../../src/node/startNode.ts'
import { callNode } from '../../src/node/testing/index.ts'
import { FeedServer } from '../../src/node/transport/index.ts'
import { eventually } from '../lib/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { failureOf } from './failureOf.ts'
import { entriesOf } from './followers.ts'
import { withDiff, withLie } from './lies.ts'
import { StreamSource } from './StreamSource.ts'

const SEQUENCER = testSigner()
const { records } = eventfulChain()
const HONEST = await entriesOf(records, { signer: SEQUENCER })
const headers = records.flatMap(({ record }) => (record.kind === 'sealHeader' ? [record] : []))
const transfers = records.findIndex(
  ({ record }) => record.kind === 'chunk' && record.transactions.length > 128,
)

describe('a full node', () => {
  let folder: string
  let server: FeedServer | undefined
  let node: Node | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leveret-full-'))
  })
  afterEach(async () => {
    await node?.close()
    node = undefined
    server?.close()
    rmSync(folder, { recursive: true })
  })

  /** Follows what the source has, from the genesis on. */
  async function start(
    source: StreamSource,
    options: { onFailure?: (error: Error) => void } = {},
  ): Promise<Node> {
    server?.close()
    server = await FeedServer.open(source, { host: '127.0.0.1', port: 0 })
    const from = [`tcp://127.0.0.1:${server.port}`]
    node = await startNode({
      ...{ port: 0, data: folder, genesis: localGenesisJson(), replica: { from, verify: true }, ...options },
    })
    return node
  }

  const reaches = (number: bigint) =>
    eventually(`block ${number}`, async () => {
      const block = await callNode(node!, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
      return block?.hash ? block : undefined
    })

  it('executes what it follows, comes to the same blocks, and goes on in the middle of one', async () => {
    const source = new StreamSource(SEQUENCER.address, HONEST.slice(0, 2))
    await start(source)
    const status = await eventually('two mini-blocks', async () => {
      const told = await callNode(node!, 'leveret_nodeStatus', [])
      return told.miniBlock === '0x2' ? told : undefined
    })
    assert.equal(status.role, 'fullNode')
    await node!.close()
    source.give(HONEST.slice(2))
    await start(source)
    const { number, header } = headers.at(-1)!
    assert.equal((await reaches(number)).hash, bytesToHex(keccak256(header)))
  })

  it('names the difference, keeps the signed lie and stops', async () => {
    const lied = withLie(records, transfers, (record) =>
      withDiff(record as Chunk, ({ slots }) => void slots[5]!.value.fill(0)),
    )
    const lies = await entriesOf(lied, { signer: SEQUENCER })
    const source = new StreamSource(SEQUENCER.address, lies)
    const { message } = await failureOf((onFailure) => start(source, { onFailure }))
    assert.match(message, /EXECUTION_DIFFERENCE/)
    assert.match(message, /slot 0x[0-9a-f]+ of account 0x[0-9a-f]+/)
    assert.match(message, /transaction: 289 /)
    await node?.close().catch(() => {})
    node = undefined
    const [file] = readdirSync(join(folder, 'evidence'))
    const kept = readFileSync(join(folder, 'evidence', file!)).subarray(4)
    assert.ok(lies.some((entry: FeedEntry) => kept.equals(encodeEntry(entry))))
  })
})
