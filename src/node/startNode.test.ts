import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { LogShortError, listSegments, segmentPath } from '../feed/index.ts'
import { History } from '../history/index.ts'
import { PortInUseError } from './listen.ts'
import { startNode } from './startNode.ts'
import { callNode, sealedBlock, sendSync, signedTransaction, testNodes } from './testing/index.ts'

const { folder, start } = testNodes()

describe('startNode with a history that does not fit', () => {
  it('refuses a log that has lost blocks which history has, and begins anew once history is given up', async () => {
    const first = await start()
    await sealedBlock(first, '0x1')
    await first.close()
    rmSync(join(folder(), 'log'), { recursive: true })
    await assert.rejects(
      start(),
      (error) => error instanceof LogShortError && /its newest sealed block: 0/.test(error.message),
    )
    rmSync(join(folder(), 'history'), { recursive: true })
    const second = await start()
    assert.equal(second.headNumber, 0n)
    await sealedBlock(second, '0x1')
  })

  it('says so when it begins history anew', async () => {
    const first = await start()
    await sealedBlock(first, '0x1')
    await first.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    const strange = History.open(join(folder(), 'history'), { genesisHash: new Uint8Array(32) })
    await strange.close()
    const second = await start()
    assert.match(second.recovered.join(), /^the history was begun anew with block 0: .* another genesis/)
    assert.ok(await sealedBlock(second, '0x1'))
  })
})

describe('a node that can not write its log', () => {
  it('says why, lets go of the folder, and has what was told when the same process starts it again', async () => {
    const log = join(folder(), 'log')
    const failed = Promise.withResolvers<Error>()
    // Segments of 1 KiB: the one whose name is taken comes within moments.
    const first = await start({ segmentMiB: 1e-3, onFailure: failed.resolve })
    const told = await sendSync(first, transfer({ nonce: 0n }))
    takeName(log, listSegments(log).at(-1)! + 3)
    assert.match((await failed.promise).message, /^The log can't create a segment: EEXIST/)
    const second = await start()
    assert.match(second.recovered.join(), /^0 bytes cut from .*: a head that is not whole$/)
    const now = await callNode(second, 'eth_getTransactionReceipt', [told.transactionHash])
    assert.equal(now.blockNumber, told.blockNumber)
  })
})

/** Makes a file of a segment's name; of a later one's, where the log has come so far by then. */
function takeName(log: string, segment: number): void {
  try {
    writeFileSync(segmentPath(log, segment), '', { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    takeName(log, segment + 1)
  }
}

describe('startNode', () => {
  it('executes a transaction before it answers, and shows it at latest', async () => {
    const node = await start()
    const receipt = await sendSync(node, transfer({ nonce: 0n }))
    assert.equal(receipt.status, '0x1')
    assert.equal(await callNode(node, 'eth_getBalance', [RECIPIENT, 'latest']), '0x1')
    assert.equal(await callNode(node, 'eth_getTransactionCount', [SENDER, 'pending']), '0x1')
  })

  it('gives a call the gas that was asked for, up to its own cap', async () => {
    const node = await start({ rpcGasCap: 100_000n })
    // GAS PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    const override = { [RECIPIENT]: { code: '0x5a5f5260205ff3' } }
    const gasLeft = (gas: string) =>
      callNode(node, 'eth_call', [{ to: RECIPIENT, gas }, 'latest', override]).then(Number)
    assert.equal(await gasLeft('0xc350'), 50_000 - 21_002)
    assert.equal(await gasLeft('0x3b9aca00'), 100_000 - 21_002)
  })

  it('goes on after a stop: same blocks, same state, same hashes', async () => {
    const first = await start()
    const { blockNumber } = await sendSync(first, transfer({ nonce: 0n }))
    const block = await sealedBlock(first, blockNumber)
    await first.close()
    const second = await start()
    assert.deepEqual(await callNode(second, 'eth_getBlockByNumber', [blockNumber, false]), block)
    assert.equal(second.isNew, false)
    assert.ok(second.headNumber >= BigInt(blockNumber))
    const receipt = await sendSync(second, transfer({ nonce: 1n }))
    assert.equal(receipt.status, '0x1')
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x2')
  })

  it('keeps a transaction that waits for a nonce over a stop', async () => {
    const first = await start()
    await callNode(first, 'eth_sendRawTransaction', [transfer({ nonce: 1n })])
    assert.equal(await callNode(first, 'eth_getTransactionCount', [SENDER, 'pending']), '0x0')
    await first.close()
    const second = await start()
    await sendSync(second, transfer({ nonce: 0n }))
    assert.equal(await callNode(second, 'eth_getTransactionCount', [SENDER, 'latest']), '0x2')
  })

  it('cuts what is torn at the end of the log, says so, and goes on', async () => {
    const first = await start()
    const { blockNumber } = await sendSync(first, transfer({ nonce: 0n }))
    const block = await sealedBlock(first, blockNumber)
    await first.close()
    appendFileSync(segment(), new Uint8Array(7).fill(1))
    const second = await start()
    assert.match(second.recovered.join(), /^7 bytes cut from .*segment-00000000\.log/)
    assert.deepEqual(await callNode(second, 'eth_getBlockByNumber', [blockNumber, false]), block)
  })

  it('makes history anew from the log where it is missing', async () => {
    const first = await start()
    const { transactionHash } = await sendSync(first, transfer({ nonce: 0n }))
    await first.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    const second = await start()
    const receipt = await callNode(second, 'eth_getTransactionReceipt', [transactionHash])
    assert.equal(receipt.status, '0x1')
  })

  it('proves an account against the header of the block that was still open', async () => {
    const node = await start()
    const { blockNumber } = await sendSync(node, transfer({ nonce: 0n }))
    const proof = await callNode(node, 'eth_getProof', [RECIPIENT, [], blockNumber])
    assert.equal(proof.balance, '0x1')
    assert.notEqual((await callNode(node, 'eth_getBlockByNumber', [blockNumber, false])).hash, null)
  })

  it('reads the state of an earlier block', async () => {
    const node = await start()
    const { blockNumber } = await sendSync(node, transfer({ nonce: 0n }))
    await sealedBlock(node, blockNumber)
    await sendSync(node, transfer({ nonce: 1n }))
    assert.equal(await callNode(node, 'eth_getBalance', [RECIPIENT, '0x0']), '0x0')
    assert.equal(await callNode(node, 'eth_getBalance', [RECIPIENT, 'latest']), '0x2')
  })

  it('refuses a port that is in use, and lets go of the folder', async () => {
    const first = await start()
    const other = mkdtempSync(join(tmpdir(), 'leveret-node-'))
    const port = Number(new URL(first.url).port)
    await assert.rejects(startNode({ port, data: other }), (error) => error instanceof PortInUseError)
    const second = await startNode({ port: 0, data: other })
    await second.close()
    rmSync(other, { recursive: true })
  })

  it('refuses a folder that a running node has', async () => {
    await start()
    await assert.rejects(startNode({ port: 0, data: folder() }), /in use|lock/i)
  })
})

describe('a node', () => {
  it('answers a transaction that is sent again after a restart with its receipt', async () => {
    const first = await start()
    const raw = transfer({ nonce: 0n })
    const { blockHash, promise, miniBlock, ...receipt } = await sendSync(first, raw)
    assert.match(miniBlock, /^0x[1-9a-f]/)
    await first.close()
    const second = await start()
    for (const method of ['eth_sendRawTransactionSync', 'realtime_sendRawTransaction']) {
      const {
        blockHash: sealed,
        promise: later,
        miniBlock: _,
        ...again
      } = await callNode(second, method, [raw])
      assert.deepEqual([again, later], [receipt, 'durable'])
      assert.equal(
        sealed,
        (await callNode(second, 'eth_getBlockByNumber', [receipt.blockNumber, false])).hash,
      )
    }
  })

  it('reads the state of earlier blocks after a restart, as many as it is told to keep', async () => {
    const first = await start({ history: 3 })
    const blocks: bigint[] = []
    for (let nonce = 0n; nonce < 6n; nonce++) {
      const { blockNumber } = await sendSync(first, transfer({ nonce }))
      await sealedBlock(first, blockNumber)
      blocks.push(BigInt(blockNumber))
    }
    await first.close()
    const second = await start({ history: 3, blockMs: 3_600_000 })
    const { blockNumber } = await sendSync(second, transfer({ nonce: 6n }))
    const newestSealed = BigInt(blockNumber) - 1n
    for (let number = newestSealed - 3n; number <= newestSealed; number++) {
      const count = blocks.filter((each) => each <= number).length
      for (const [method, address] of [
        ['eth_getBalance', RECIPIENT],
        ['eth_getTransactionCount', SENDER],
      ] as const) {
        assert.equal(await callNode(second, method, [address, `0x${number.toString(16)}`]), `0x${count}`)
      }
    }
    const older = callNode(second, 'eth_getBalance', [RECIPIENT, `0x${(newestSealed - 4n).toString(16)}`])
    await assert.rejects(older, /missing trie node/)
  })

  it('tells in the receipt that a transaction is durable, inside a block that stays open', async () => {
    const node = await start({ blockMs: 3_600_000 })
    const sent = await sendSync(node, transfer({ nonce: 0n }))
    assert.match(sent.promise, /^(executed|durable)$/)
    for (;;) {
      const receipt = await callNode(node, 'eth_getTransactionReceipt', [sent.transactionHash])
      assert.equal(receipt.blockHash, `0x${'00'.repeat(32)}`)
      if (receipt.promise === 'durable') break
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
})

const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const RECIPIENT = `0x${'ab'.repeat(20)}`

function segment(): string {
  const [name] = readdirSync(join(folder(), 'log')).filter((each) => each.endsWith('.log'))
  return join(folder(), 'log', name!)
}

const transfer = ({ nonce }: { nonce: bigint }): string =>
  signedTransaction({ nonce, gasLimit: 21_000n, to: RECIPIENT, value: 1n })
