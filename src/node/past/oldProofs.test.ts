import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Hex, keccak256, toRlp } from 'viem'
import { hexToBytes } from '../../lib/index.ts'
import { verifyProof } from '../../trie/index.ts'
import type { Node } from '../nodeOptions.ts'
import { ACCOUNT, callNode, count, sealedBlock, testNodes } from '../testing/index.ts'

const { start } = testNodes()

const SLOT: Hex = `0x${'00'.repeat(32)}`
/** The sealer's trie keeps the newest ones. */
const KEPT_TRIES = 128

/** Checks the proof of an account and its first slot against the header. */
async function check(node: Node, address: Hex, number: bigint, expected: { slot: bigint }): Promise<void> {
  const tag = `0x${number.toString(16)}`
  const proof = await callNode(node, 'eth_getProof', [address, [SLOT], tag])
  const { stateRoot } = await callNode(node, 'eth_getBlockByNumber', [tag, false])
  const account = toRlp([
    proof.nonce === '0x0' ? '0x' : (`0x${Number(proof.nonce).toString(16).padStart(2, '0')}` as Hex),
    proof.balance === '0x0' ? '0x' : evenHex(proof.balance),
    proof.storageHash,
    proof.codeHash,
  ])
  const prove = (root: Hex, key: Hex, nodes: Hex[]) =>
    verifyProof(hexToBytes(root), hexToBytes(keccak256(key)), nodes.map(hexToBytes))
  assert.deepEqual(prove(stateRoot, address, proof.accountProof), hexToBytes(account))
  assert.equal(BigInt(proof.storageProof[0].value), expected.slot)
  if (expected.slot > 0n)
    assert.deepEqual(
      prove(proof.storageHash, SLOT, proof.storageProof[0].proof),
      hexToBytes(toRlp(evenHex(proof.storageProof[0].value))),
    )
}

const evenHex = (quantity: string): Hex =>
  `0x${quantity.slice(2).padStart(quantity.length - 2 + (quantity.length % 2), '0')}`

describe('eth_getProof at blocks whose trie is gone', () => {
  it('proves against the header, also after a restart', async () => {
    const options = { blockMs: 20, history: 10_000 }
    let node = await start(options)
    const { address, blocks } = await count(node, 4)
    const last = blocks.at(-1)!.number + BigInt(KEPT_TRIES) + 5n
    await sealedBlock(node, `0x${last.toString(16)}`)
    for (let round = 0; round < 2; round++) {
      for (const { number, count: slot } of blocks) {
        await check(node, address, number, { slot })
        await check(node, ACCOUNT.address, number, { slot: 0n })
      }
      await node.close()
      node = await start(options)
    }
  })
})
