import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, fromBigInt, hexToBytes } from '../lib/index.ts'
import { EMPTY_CODE_HASH, encodeStateDiff, type Header } from '../protocol/index.ts'
import { StateTrie } from '../trie/index.ts'
import { FollowError } from './FollowError.ts'
import { type Hex, type Request, type VerifiedAccount, verifyAccount } from './verifyAccount.ts'

const addressOf = (i: number): Uint8Array => new Uint8Array(20).fill(i)
const word = (i: number): Uint8Array => fromBigInt(BigInt(i), 32)

const state = StateTrie.empty().apply(
  encodeStateDiff({
    accounts: Array.from({ length: 50 }, (_, i) => ({
      ...{ address: addressOf(i), deleted: false, codeHash: EMPTY_CODE_HASH },
      ...{ nonce: BigInt(i), balance: 10n ** 18n * BigInt(i) },
    })),
    slots: Array.from({ length: 30 }, (_, i) => ({
      ...{ address: addressOf(7), key: word(i), value: word(1000 + i) },
    })),
    codes: [],
  }),
)
const hash = new Uint8Array(32).fill(9)
const block = { number: 5n, hash, header: { stateRoot: state.root() } as Header, isWhole: true }

/** What a node answers, changed by `lie`. */
function nodeWith(
  lie: (answer: { accountProof: unknown; storageProof: unknown }) => unknown = (a) => a,
): Request {
  return async (method, params) => {
    assert.equal(method, 'eth_getProof')
    const [address, keys, at] = params as [string, string[], unknown]
    assert.deepEqual(at, { blockHash: bytesToHex(hash) })
    const proof = state.proof(hexToBytes(address), keys.map(hexToBytes))
    const storageProof = proof.storageProof.map(({ proof: nodes }) => ({ proof: nodes.map(bytesToHex) }))
    return lie({ accountProof: proof.accountProof.map(bytesToHex), storageProof })
  }
}

const ask = (request: Request, address: Uint8Array, keys: Hex[] = []): Promise<VerifiedAccount> =>
  verifyAccount(request, block, { address: bytesToHex(address) as Hex, keys })

describe('verifyAccount', () => {
  it('gives what the state has', async () => {
    const account = await ask(nodeWith(), addressOf(7), ['0x03', '0x00ff'])
    assert.deepEqual(account, {
      ...{ blockNumber: 5n, blockHash: bytesToHex(hash), nonce: 7n, balance: 7n * 10n ** 18n },
      codeHash: bytesToHex(EMPTY_CODE_HASH),
      storage: [
        { key: bytesToHex(word(3)), value: 1003n },
        { key: bytesToHex(word(255)), value: 0n },
      ],
    })
  })

  it('gives nothing for an account that is proven to be missing', async () => {
    const account = await ask(nodeWith(), addressOf(99), ['0x01'])
    const { nonce, balance, codeHash, storage } = account
    assert.deepEqual(
      { nonce, balance, codeHash },
      { nonce: 0n, balance: 0n, codeHash: bytesToHex(EMPTY_CODE_HASH) },
    )
    assert.equal(storage[0]!.value, 0n)
  })

  it('refuses every answer that proves something else, or nothing', async () => {
    const other = bytesToHex(addressOf(8))
    const lies: ((answer: { accountProof: unknown; storageProof: unknown }) => unknown)[] = [
      () => null,
      () => ({}),
      (answer) => ({ ...answer, accountProof: [] }),
      (answer) => ({ ...answer, accountProof: ['0x', 'zz'] }),
      (answer) => ({ ...answer, storageProof: [] }),
      (answer) => ({ ...answer, storageProof: [{ proof: [] }] }),
      (answer) => ({ ...answer, accountProof: (answer.accountProof as string[]).toReversed() }),
    ]
    for (const lie of lies) await assertRefused(nodeWith(lie))
    await assertRefused((method, params) => nodeWith()(method, [other, ...params.slice(1)]))
  })
})

async function assertRefused(request: Request): Promise<void> {
  const refused = (error: unknown) => error instanceof FollowError && error.code === 'STATE_PROOF'
  await assert.rejects(ask(request, addressOf(7), ['0x03']), refused)
}
