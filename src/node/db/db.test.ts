import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FolderLock, LogLockedError, segmentPath } from '../../feed/index.ts'
import { listSnapshots } from '../../state/index.ts'
import { DataFolderError } from '../dataFolder.ts'
import { callNode, sendSync, signedTransaction, testNodes } from '../testing/index.ts'
import { exportDb, importDb, pruneDb, snapshotDb, verifyDb } from './commands.ts'

const { folder, start } = testNodes()
const RECIPIENT = `0x${'cd'.repeat(20)}`
const onProgress = () => {}

describe('verifyDb', () => {
  it('finds nothing wrong where a block was opened for state that was written, and again for its time', async () => {
    const node = await start({ mining: 'auto' })
    for (const balance of ['0x1', '0x2', '0x3'])
      await callNode(node, 'anvil_setBalance', [RECIPIENT, balance])
    await callNode(node, 'evm_increaseTime', [1000])
    await callNode(node, 'anvil_mine', [3, 10])
    await callNode(node, 'anvil_setBalance', [RECIPIENT, '0x4'])
    await node.close()
    assert.deepEqual((await verifyDb(command())).problems, [])
    await snapshotDb(command())
    assert.deepEqual((await verifyDb(command())).problems, [])
    const again = await start({ mining: 'auto' })
    assert.equal(await callNode(again, 'eth_getBalance', [RECIPIENT]), '0x4')
  })

  it('finds nothing wrong with what a node wrote, before and after a snapshot and without a history', async () => {
    await chainWithBlocks()
    assert.deepEqual((await verifyDb(command())).problems, [])
    const { blockNumber, isNew } = await snapshotDb(command())
    assert.equal(isNew, true)
    rmSync(join(folder(), 'history'), { recursive: true })
    const { checked, problems } = await verifyDb(command())
    assert.deepEqual(problems, [])
    assert.ok(checked.some((line) => line.startsWith(`snapshot of block ${blockNumber}: whole`)))
    assert.deepEqual(await snapshotDb(command()), { blockNumber, isNew: false })
  })

  it('finds nothing wrong where the chain went back to a block of another chain, of which there is no snapshot', async () => {
    const stranger = `0x${'aa'.repeat(20)}`
    const other = await start({ mining: 'auto', data: join(folder(), 'other') })
    await callNode(other, 'anvil_mine', [])
    const dump = await callNode(other, 'anvil_dumpState', [])
    const data = join(folder(), 'own')
    const node = await start({ mining: 'auto', data })
    await callNode(node, 'anvil_setBalance', [stranger, '0x7'])
    await callNode(node, 'anvil_loadState', [dump])
    const snapshot = await callNode(node, 'evm_snapshot', [])
    await callNode(node, 'anvil_mine', [])
    assert.equal(await callNode(node, 'evm_revert', [snapshot]), true)
    await node.close()
    assert.equal((await snapshotDb({ data, onProgress })).isNew, false)
    assert.deepEqual((await verifyDb({ data, onProgress })).problems, [])
    const again = await start({ mining: 'auto', data })
    assert.equal(await callNode(again, 'eth_blockNumber', []), '0x1')
    assert.equal(await callNode(again, 'eth_getBalance', [stranger, 'latest']), '0x7')
  })

  it('finds a changed bit in the log, wherever it is, and in a snapshot', async () => {
    await chainWithBlocks()
    await snapshotDb(command())
    const [newest] = listSnapshots(join(folder(), 'snapshots'))
    for (const path of [segmentPath(join(folder(), 'log'), 0), newest!.path]) {
      const whole = readFileSync(path)
      for (const share of [0.1, 0.5, 0.9]) {
        const flipped = Uint8Array.from(whole)
        flipped[Math.floor(whole.length * share)]! ^= 1
        writeFileSync(path, flipped)
        assert.equal((await verifyDb(command())).problems.length, 1, `${path} at ${share}`)
      }
      writeFileSync(path, whole)
    }
    assert.deepEqual((await verifyDb(command())).problems, [])
  })

  it('finds that the log has lost its end', async () => {
    await chainWithBlocks()
    const path = segmentPath(join(folder(), 'log'), 0)
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, whole.length - 1))
    const { problems } = await verifyDb(command())
    assert.match(
      problems.join(),
      /^history has block \d+, which was durable in the log, and the log ends at block \d+$/,
    )
  })

  it('refuses a folder without a chain, and one that is in use', async () => {
    await assert.rejects(verifyDb({ data: join(folder(), 'none'), onProgress }), DataFolderError)
    await chainWithBlocks()
    const lock = FolderLock.take(join(folder(), 'log'))
    await assert.rejects(verifyDb(command()), LogLockedError)
    lock.release()
  })
})

describe('exportDb and importDb', () => {
  it('carry the state over to a new chain: same root, balances, code and storage', async () => {
    await chainWithBlocks()
    const file = join(folder(), 'state.json')
    const { blockNumber, accounts, slots } = await exportDb({ ...command(), path: file })
    const json = JSON.parse(readFileSync(file, 'utf8'))
    assert.equal(Object.keys(json.alloc).length, accounts)
    assert.ok(slots > 0 && blockNumber > 0n)
    assert.equal(json.alloc[RECIPIENT].balance, '0x2')
    const data = join(folder(), 'new')
    const { genesisHash } = importDb({ data, onProgress, path: file })
    const node = await start({ data })
    assert.equal(node.genesisHash, genesisHash)
    const genesis = await callNode(node, 'eth_getBlockByNumber', ['0x0', false])
    assert.equal(genesis.stateRoot, json.stateHash)
    assert.equal(await callNode(node, 'eth_getBalance', [RECIPIENT, 'latest']), '0x2')
    assert.throws(() => importDb({ data, onProgress, path: file }), DataFolderError)
  })

  it('refuse a state whose root is not the one that it names', async () => {
    await chainWithBlocks()
    const file = join(folder(), 'state.json')
    await exportDb({ ...command(), path: file })
    writeFileSync(file, readFileSync(file, 'utf8').replace('"balance":"0x2"', '"balance":"0x3"'))
    assert.throws(() => importDb({ data: join(folder(), 'new'), onProgress, path: file }), /stateHash names/)
  })
})

describe('pruneDb', () => {
  it('deletes all snapshots but two', async () => {
    for (let round = 0; round < 3; round++) {
      await chainWithBlocks(round * 2)
      await snapshotDb(command())
    }
    assert.equal((await pruneDb({ ...command(), keepLog: true })).snapshotCount, 1)
    assert.equal((await pruneDb({ ...command(), keepLog: false })).snapshotCount, 1)
    assert.deepEqual((await verifyDb(command())).problems, [])
  })
})

function command() {
  return { data: folder(), onProgress }
}

/** Two transfers in sealed blocks; the node has stopped then. */
async function chainWithBlocks(firstNonce = 0): Promise<void> {
  const node = await start({ snapshotMiB: 0 })
  for (const nonce of [firstNonce, firstNonce + 1]) {
    const raw = signedTransaction({ nonce: BigInt(nonce), gasLimit: 21_000n, to: RECIPIENT, value: 1n })
    await sendSync(node, raw)
  }
  await node.close()
}
