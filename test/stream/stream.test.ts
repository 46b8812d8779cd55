import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { parseGenesis } from '../../src/protocol/index.ts'
import {
  type Chain,
  delay,
  eventually,
  HttpRpc,
  type Json,
  needsNode,
  sealedBlock,
  startChain,
} from '../lib/index.ts'
import { StateFollower } from './StateFollower.ts'
import { StreamLoad } from './StreamLoad.ts'

/** How long the reader is away. */
const PAUSE_MS = Number(process.env.STREAM_PAUSE_MS ?? 1_500)
/** Seen before the next break. */
const MORE_MINI_BLOCKS = 30
const root = resolve(import.meta.dirname, '../..')

let folder: string
let chain: Chain
const begin = async (port?: number): Promise<void> => {
  chain = await startChain({
    target: 'leveret',
    dataFolder: join(folder, 'chain'),
    blockMs: 300,
    ...(port === undefined ? {} : { port }),
  })
}

describe('the stream', needsNode, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'leveret-stream-'))
    await begin()
  })
  after(async () => {
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it(`of state changes alone leads to every block's state root, over a break of ${PAUSE_MS} ms and two restarts`, async () => {
    const parsed = parseGenesis(JSON.parse(localGenesisJson()))
    assert.ok(parsed.ok)
    const follower = new StateFollower(parsed.genesis.accounts)
    const load = new StreamLoad()
    load.start(chain.url)
    await delay(300)
    await follower.connect(chain.wsUrl)
    await seesMore(follower)
    follower.disconnect()
    await delay(PAUSE_MS)
    await follower.connect(chain.wsUrl)
    await seesMore(follower)
    for (const end of ['stop', 'kill'] as const) {
      await load.stop()
      await (end === 'stop' ? chain.stop() : chain.kill())
      await begin(chain.port)
      load.start(chain.url)
      await follower.connect(chain.wsUrl)
      await seesMore(follower)
    }
    await load.stop()
    await compareRoots(follower)
  })

  it('is there by number, too, from the first mini-block on, each the child of the one before', async () => {
    const rpc = new HttpRpc(chain.url)
    let count = 0
    let digest: string | undefined
    for (let next: string | null = '0x1'; next !== null; ) {
      const page: Json = await rpc.call('leveret_getMiniBlocks', [next, 'latest', { stateChanges: true }])
      for (const miniBlock of page.miniBlocks) {
        assert.equal(Number(miniBlock.mini_block_number), ++count)
        if (digest !== undefined) assert.equal(miniBlock.parent_digest, digest)
        assert.equal(miniBlock.receipts.length, miniBlock.transactions.length)
        assert.ok(miniBlock.state_changes.length > 0)
        digest = miniBlock.digest
      }
      next = page.next
    }
    assert.deepEqual(
      Number((await rpc.call('leveret_getMiniBlock', ['latest'])).mini_block_number) >= count,
      true,
    )
    assert.ok(count >= 4 * MORE_MINI_BLOCKS)
    rpc.close()
  })

  it('is followed by the client of docs/realtime.md over a restart', async () => {
    const [, code] = /<!-- test: follow -->\n```js\n([\s\S]*?)```/.exec(
      readFileSync(join(root, 'docs/realtime.md'), 'utf8'),
    )!
    assert.ok(code!.includes("'ws://127.0.0.1:8545'"))
    const client = spawn(process.execPath, ['--eval', code!.replace('ws://127.0.0.1:8545', chain.wsUrl)])
    try {
      const numbers = linesOf(client)
      await eventually('mini-blocks', async () => (numbers.length > 3 ? true : undefined))
      const seen = numbers.length
      await chain.stop()
      await begin(chain.port)
      await eventually('more mini-blocks', async () => (numbers.length > seen + 3 ? true : undefined))
      assert.deepEqual(
        numbers,
        numbers.map((_, i) => String(i + 1)),
      )
    } finally {
      client.kill()
    }
  })
})

/** Resolves once the follower has seen so many mini-blocks more, however fast they come. */
async function seesMore(follower: StateFollower): Promise<void> {
  const wanted = follower.miniBlocks + MORE_MINI_BLOCKS
  await eventually('more mini-blocks', async () => {
    if (follower.failure !== undefined) throw follower.failure
    return follower.miniBlocks >= wanted || undefined
  })
}

/** All that the follower knows, with what the headers say. */
async function compareRoots(follower: StateFollower): Promise<void> {
  const rpc = new HttpRpc(chain.url)
  const last = BigInt(await rpc.call('eth_blockNumber'))
  await eventually('the last block is followed', async () => {
    if (follower.failure !== undefined) throw follower.failure
    return (follower.roots.has(last) && follower.roots.size > 5) || undefined
  })
  for (const [number, root] of follower.roots) {
    const { stateRoot } = await sealedBlock(rpc, number)
    assert.equal(root, stateRoot, `block ${number}`)
  }
  rpc.close()
}

function linesOf(client: ChildProcess): string[] {
  const lines: string[] = []
  let rest = ''
  client.stdout!.on('data', (data: Buffer) => {
    const parts = (rest + data).split('\n')
    rest = parts.pop()!
    lines.push(...parts)
  })
  return lines
}
