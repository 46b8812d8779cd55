/** What a replica keeps, and tells, of a sequencer that signs two entries for one place. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeEntry, type FeedEntry, provenAgainst, signEntry } from '../../src/feed/index.ts'
import { testSigner } from '../../src/feed/testing/index.ts'
import { ByteReader } from '../../src/lib/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import type { Node } from '../../src/node/nodeOptions.ts'
import { startNode } from '../../src/node/startNode.ts'
import { callNode } from '../../src/node/testing/index.ts'
import { FeedServer } from '../../src/node/transport/index.ts'
import { eventually } from '../lib/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { entriesOf } from './followers.ts'
import { chain } from './RecordedChain.ts'
import { StreamSource } from './StreamSource.ts'

const SEQUENCER = testSigner()
const HONEST = await entriesOf(eventfulChain().records, { signer: SEQUENCER })

test('two entries for one place are kept in a file, logged and counted', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'leveret-evidence-'))
  t.after(() => rmSync(data, { recursive: true }))
  const lies: unknown[] = []
  const [first, second] = await twoFor(HONEST[2]!)
  await follow([...HONEST.slice(0, 2), first], async (node) => {
    await eventually('the first', async () => (await entriesTaken(node)) === 3 || undefined)
  })
  await follow([...HONEST.slice(0, 2), second], async (node) => {
    const { lies: count } = await eventually('a lie', async () => {
      const { following } = await callNode(node, 'leveret_nodeStatus', [])
      return following?.lies > 0 ? following : undefined
    })
    assert.equal(count, 1)
  })
  const path = join(data, 'evidence', `equivocation-${first.epoch}-${first.firstRecord}.entries`)
  assert.deepEqual(lies, [path])
  const file = new ByteReader(new Uint8Array(readFileSync(path)))
  const evidence = { first: file.sized(), second: file.sized() }
  assert.deepEqual(evidence, { first: encodeEntry(first), second: encodeEntry(second) })
  assert.ok(file.left === 0 && !file.isShort)
  assert.deepEqual(provenAgainst(evidence, chain.hash), SEQUENCER.address)

  async function follow(entries: FeedEntry[], check: (node: Node) => Promise<void>): Promise<void> {
    const source = new StreamSource(SEQUENCER.address, entries)
    const server = await FeedServer.open(source, { host: '127.0.0.1', port: 0 })
    const node = await startNode({
      ...{ port: 0, data, genesis: localGenesisJson(), memoryMiB: 384 },
      replica: { from: [`tcp://127.0.0.1:${server.port}`] },
      log: ({ event, fields }) => event === 'sequencer_lied' && lies.push(fields.path),
    })
    try {
      await check(node)
    } finally {
      await node.close()
      server.close()
    }
  }
})

async function entriesTaken(node: Node): Promise<number> {
  const { following } = await callNode(node, 'leveret_nodeStatus', [])
  return Number(following?.entries ?? 0)
}

/** The entry, and one with another body, both signed. */
async function twoFor(entry: FeedEntry): Promise<[FeedEntry, FeedEntry]> {
  const body = entry.body.slice()
  body[body.length - 1]! ^= 1
  return [entry, await signEntry({ ...entry, body }, { genesisHash: chain.hash, signer: SEQUENCER })]
}
