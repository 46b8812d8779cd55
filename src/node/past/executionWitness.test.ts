import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hex } from 'viem'
import { Engine, executeBlock, type StateBase } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, equalBytes, hexToBytes } from '../../lib/index.ts'
import { decodeBlock, FORK_RULES } from '../../protocol/index.ts'
import { StateTrie, WitnessNodes } from '../../trie/index.ts'
import type { Node } from '../nodeOptions.ts'
import { callNode, count, sealedBlock, testNodes } from '../testing/index.ts'

const { start } = testNodes()

/** Writes the second word of the call data to the slot of the first. */
const WRITER: Hex = '0x6020355f355500'
const DEPLOY: Hex = `0x60078060095f395ff3${WRITER.slice(2)}`
const word = (number: number) => number.toString(16).padStart(64, '0')

type Witness = { headers: { hash: Hex; stateRoot: Hex }[]; codes: Hex[]; state: Hex[]; keys: Hex[] }

/** The state before a block, of a witness alone: what it lacks can't be read. */
function stateOf({ headers, codes, state }: Witness): { trie: StateTrie; base: StateBase } {
  const trie = StateTrie.fromWitness(
    hexToBytes(headers[0]!.stateRoot),
    new WitnessNodes(state.map(hexToBytes)),
  )
  const known = new Map(codes.map((code) => [bytesToHex(keccak256(hexToBytes(code))), hexToBytes(code)]))
  const base: StateBase = {
    account: (address) => trie.account(address),
    slot: (address, key) => trie.storage(address, key),
    code: (codeHash) => known.get(bytesToHex(codeHash))!,
  }
  return { trie, base }
}

/** Executes a block from its witness, and compares the root. */
async function verify(node: Node, number: string): Promise<Witness> {
  const witness: Witness = await callNode(node, 'debug_executionWitness', [number])
  const decoded = decodeBlock(hexToBytes(await callNode(node, 'debug_getRawBlock', [number])))
  assert.ok(decoded.ok)
  const { block } = decoded
  const { trie, base } = stateOf(witness)
  const engine = new Engine({ memoryMiB: 256, evmMemoryMiB: 64, evm: 'interpreter', base })
  const { blobSchedule } = FORK_RULES.Osaka
  const outcome = executeBlock(engine, block, {
    ...{ chainId: 31337n, rules: { fork: 'Osaka', blobSchedule } },
    blockHash: (ancestor) => hexToBytes(witness.headers[Number(block.header.number - ancestor) - 1]!.hash),
  })
  assert.equal(outcome.kind, 'executed')
  const root = trie.apply(engine.takeDiff().slice()).root()
  assert.ok(equalBytes(root, block.header.stateRoot), `block ${number}`)
  return witness
}

describe('debug_executionWitness', () => {
  it('is enough to execute a block and to compute the root after it', async () => {
    const node = await start({ blockMs: 300 })
    const { client, wallet } = await count(node, 1)
    const deployed = await client.waitForTransactionReceipt({
      hash: await wallet.sendTransaction({ data: DEPLOY }),
    })
    const to = deployed.contractAddress!
    const write = async (pairs: [number, number][]) => {
      const hashes: Hex[] = []
      for (const [key, value] of pairs)
        hashes.push(await wallet.sendTransaction({ to, data: `0x${word(key)}${word(value)}`, gas: 100_000n }))
      for (const hash of hashes) await client.waitForTransactionReceipt({ hash })
    }
    await write(Array.from({ length: 30 }, (_, i) => [i, 7 + i]))
    // Deletions join what is left with what stands above it.
    await write(Array.from({ length: 25 }, (_, i) => [i, 0]))
    for (let i = 0; i < 10; i++) {
      const address: Hex = `0x${word(0xabc0 + i).slice(24)}`
      await wallet.sendTransaction({ to: address, value: BigInt(i), gas: 30_000n })
    }
    await write([
      [25, 0],
      [40, 1],
    ])
    const last = Number(await client.getBlockNumber())
    await sealedBlock(node, `0x${last.toString(16)}`)
    let nodes = 0
    for (let number = 1; number <= last; number++)
      nodes += (await verify(node, `0x${number.toString(16)}`)).state.length
    assert.ok(nodes > 10 * last)
  })

  it('has the headers that BLOCKHASH is asked for, and tells by hash', async () => {
    const node = await start()
    const { client, wallet } = await count(node, 4)
    // BLOCKHASH of four blocks ago, stored.
    const data: Hex = '0x600443034060015500'
    const { blockNumber } = await client.waitForTransactionReceipt({
      hash: await wallet.sendTransaction({ data, gas: 200_000n }),
    })
    const number = `0x${blockNumber.toString(16)}`
    const { hash } = await sealedBlock(node, number)
    const witness = await verify(node, number)
    assert.ok(witness.headers.length >= 4)
    assert.deepEqual(await callNode(node, 'debug_executionWitnessByHash', [hash]), witness)
  })

  it('refuses the genesis, and blocks that are not there or not sealed', async () => {
    const node = await start({ blockMs: 3_600_000 })
    await count(node, 0, { waits: false })
    const ask = (block: unknown) => callNode(node, 'debug_executionWitness', [block])
    await assert.rejects(ask('0x0'), /block number 0 found, but parent missing/)
    await assert.rejects(ask('0x99'), /block not found/)
    await assert.rejects(ask('pending'), /is not sealed yet/)
  })
})
