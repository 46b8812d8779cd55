/** Replicas that can't simply go on: with a newer snapshot, or from the one that they have. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { testSigner } from '../../src/feed/testing/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import { snapshotDb } from '../../src/node/db/commands.ts'
import { bootstrap, type ReplicaOptions } from '../../src/node/following/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import type { Node } from '../../src/node/nodeOptions.ts'
import { startNode } from '../../src/node/startNode.ts'
import { callNode } from '../../src/node/testing/index.ts'
import { FeedServer } from '../../src/node/transport/index.ts'
import { decodeHeader, encodeHeader } from '../../src/protocol/index.ts'
import { eventually } from '../lib/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { failureOf } from './failureOf.ts'
import { entriesOf } from './followers.ts'
import { withLie } from './lies.ts'
import { StreamSource } from './StreamSource.ts'

const RECEIVER = '0x00000000000000000000000000000000000b0b01'

let folder: string
const nodes = new Set<Node>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-way-on-'))
})
afterEach(async () => {
  for (const node of nodes) await stop(node)
  rmSync(folder, { recursive: true, force: true })
})

async function stop(node: Node): Promise<void> {
  nodes.delete(node)
  await node.close()
}

async function startSequencer(): Promise<Node> {
  const node = await startNode({
    ...{ port: 0, data: join(folder, 'sequencer'), mining: 'interval', blockMs: 100, memoryMiB: 384 },
    publish: { port: 0 },
  })
  nodes.add(node)
  return node
}

async function startReplica(
  replica: ReplicaOptions,
  options: { onFailure?: (error: Error) => void; genesis?: string } = {},
): Promise<Node> {
  const node = await startNode({
    ...{ port: 0, data: join(folder, 'replica'), memoryMiB: 384, replica, ...options },
  })
  nodes.add(node)
  return node
}

async function shows(node: Node, balance: number): Promise<void> {
  await eventually(`a balance of ${balance}`, async () =>
    Number(await callNode(node, 'eth_getBalance', [RECEIVER, 'latest'])) === balance ? true : undefined,
  )
}

const blockNumber = async (node: Node) => Number(await callNode(node, 'eth_blockNumber', []))

describe('a replica whose sources no longer have what comes next', () => {
  it('is told, takes a newer snapshot in the place of its own, and goes on', async () => {
    const first = await startSequencer()
    const replica = await startReplica({ from: [first.feedUrl!] })
    await callNode(first, 'anvil_setBalance', [RECEIVER, '0x5'])
    await shows(replica, 5)
    await stop(replica)
    mkdirSync(join(folder, 'replica', 'evidence'))
    writeFileSync(join(folder, 'replica', 'evidence', 'some.entries'), '')
    await callNode(first, 'anvil_setBalance', [RECEIVER, '0x6'])
    const sealed = await blockNumber(first)
    await eventually('a block', async () => ((await blockNumber(first)) > sealed + 1 ? true : undefined))
    await stop(first)

    // Its stream begins anew at its newest snapshot.
    const data = join(folder, 'sequencer')
    const { blockNumber: snapshot } = await snapshotDb({ data, onProgress: () => {} })
    assert.ok(snapshot > BigInt(sealed))
    rmSync(join(folder, 'sequencer', 'feed'), { recursive: true })
    const second = await startSequencer()
    const from = [second.feedUrl!]
    const failure = await failureOf((onFailure) => startReplica({ from }, { onFailure }))
    assert.equal(failure.name, 'BehindError')
    assert.match(failure.message, /PRUNED[\s\S]*next: a newer snapshot/)
    for (const node of nodes) if (node !== second) await stop(node)

    const renewed = await startReplica({ from, renew: true })
    await shows(renewed, 6)
    await callNode(second, 'anvil_setBalance', [RECEIVER, '0x7'])
    await shows(renewed, 7)
    assert.deepEqual(readdirSync(join(folder, 'replica', 'evidence')), ['some.entries'])
    await stop(renewed)

    // A renewal that was broken off at its end is ended by the next start; one that was not whole is nothing.
    const anew = join(folder, 'replica', 'anew')
    mkdirSync(anew)
    const same = await startReplica({ from })
    assert.ok(same.firstNumber > snapshot)
    await shows(same, 7)
    await stop(same)
    await bootstrap({ from, path: anew, genesis: undefined })
    rmSync(join(folder, 'replica', 'log'), { recursive: true })
    renameSync(join(anew, 'log'), join(folder, 'replica', 'log'))
    const ended = await startReplica({ from })
    await shows(ended, 7)
    assert.ok(!readdirSync(join(folder, 'replica')).includes('anew'))
  })
})

describe('a replica whose sequencer has signed a wrong header', () => {
  it('says how to go on, and goes on from its snapshot once the sequencer has put it right', async () => {
    const signer = testSigner()
    const { records } = eventfulChain()
    const at = records.findIndex(({ record }) => record.kind === 'sealHeader')
    const lied = withLie(records, at, (record) => {
      if (record.kind !== 'sealHeader') throw new Error('a header was looked for')
      const decoded = decodeHeader(record.header)
      if (!decoded.ok) throw new Error(decoded.message)
      return { ...record, header: encodeHeader({ ...decoded.header, stateRoot: new Uint8Array(32).fill(1) }) }
    })
    const wrong = new StreamSource(signer.address, await entriesOf(lied, { signer }))
    let server = await FeedServer.open(wrong, { host: '127.0.0.1', port: 0 })
    const from = () => [`tcp://127.0.0.1:${server.port}`]
    const genesis = localGenesisJson()
    const failure = await failureOf((onFailure) => startReplica({ from: from() }, { genesis, onFailure }))
    assert.match(
      failure.message,
      /signed a wrong header\. .* other state [\s\S]*block: 1 {3}expected: 0x(01){32} [\s\S]*next: [\s\S]*--rollback/,
    )
    for (const node of nodes) await stop(node)
    server.close()

    const right = new StreamSource(signer.address, await entriesOf(records, { signer, epoch: 2n }))
    server = await FeedServer.open(right, { host: '127.0.0.1', port: 0 })
    await assert.rejects(startReplica({ from: from() }), /--rollback/)
    const node = await startReplica({ from: from(), rollback: true })
    assert.ok(node.recovered.some((remark) => remark.includes('given up')))
    const last = records.findLast(({ record }) => record.kind === 'sealHeader')!.record
    if (last.kind !== 'sealHeader') throw new Error('a header was looked for')
    const block = await eventually('the newest block', async () => {
      const found = await callNode(node, 'eth_getBlockByNumber', [`0x${last.number.toString(16)}`, false])
      return found?.hash ? found : undefined
    })
    assert.equal(block.hash, bytesToHex(keccak256(last.header)))
    server.close()
  })
})
