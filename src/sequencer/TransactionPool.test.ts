import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PooledTransaction } from './PooledTransaction.ts'
import { TransactionPool } from './TransactionPool.ts'

const rich = { nonce: 0n, balance: 10n ** 18n }

describe('TransactionPool', () => {
  it('keeps the transactions of a sender in nonce order, whatever their order of arrival', () => {
    const pool = new TransactionPool()
    for (const nonce of [5n, 2n, 9n, 3n]) pool.add(pooled({ nonce }), rich)
    assert.deepEqual(
      [...pool.transactions()].map((t) => t.nonce),
      [2n, 3n, 5n, 9n],
    )
  })

  it('refuses a transaction that it holds as already known', () => {
    const pool = new TransactionPool()
    pool.add(pooled({ nonce: 2n }), rich)
    assert.deepEqual(pool.add(pooled({ nonce: 2n }), rich), {
      kind: 'refused',
      code: 'Pool.ALREADY_KNOWN',
      message: 'already known',
    })
  })

  it('refuses a used nonce with both nonces in the message', () => {
    const refusal = new TransactionPool().add(pooled({ nonce: 3n }), { ...rich, nonce: 5n })
    assert.equal(refusal.kind === 'refused' && refusal.message, 'nonce too low: next nonce 5, tx nonce 3')
  })

  it('refuses what the sender cannot pay and says what is missing', () => {
    const refusal = new TransactionPool().add(pooled({ nonce: 3n, cost: 12n }), { nonce: 0n, balance: 5n })
    assert.equal(
      refusal.kind === 'refused' && refusal.message,
      'insufficient funds for gas * price + value: balance 5, tx cost 12, overshot 7',
    )
  })

  it('replaces only for 10 % more of both fees', () => {
    const pool = new TransactionPool()
    const first = pooled({ nonce: 1n, maxFeePerGas: 1000n, maxPriorityFeePerGas: 100n })
    pool.add(first, rich)
    for (const [maxFeePerGas, maxPriorityFeePerGas] of [
      [1099n, 110n],
      [1100n, 109n],
      [5000n, 100n],
    ] as const) {
      const refusal = pool.add(pooled({ nonce: 1n, maxFeePerGas, maxPriorityFeePerGas }), rich)
      assert.equal(refusal.kind === 'refused' && refusal.message, 'replacement transaction underpriced')
    }
    const better = pooled({ nonce: 1n, maxFeePerGas: 1100n, maxPriorityFeePerGas: 110n })
    assert.deepEqual(pool.add(better, rich), { kind: 'added', replaced: first })
    assert.equal(pool.size, 1)
    assert.equal(pool.has(first.hash), false)
    assert.equal(pool.at(better.sender, 1n), better)
  })

  it('does not replace for the same fee when ten per cent of it is nothing', () => {
    const pool = new TransactionPool()
    pool.add(pooled({ nonce: 1n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }), rich)
    const other = { ...pooled({ nonce: 1n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }), hash: hashOf(77) }
    assert.equal(pool.add(other, rich).kind, 'refused')
  })

  it('refuses beyond the limit of an account, and of all accounts, but still lets replace', () => {
    const pool = new TransactionPool({ perAccount: 2, total: 3 })
    pool.add(pooled({ nonce: 1n }), rich)
    pool.add(pooled({ nonce: 2n }), rich)
    const overAccount = pool.add(pooled({ nonce: 3n }), rich)
    assert.equal(
      overAccount.kind === 'refused' && overAccount.message,
      'account limit exceeded: pooled 2 txs',
    )
    pool.add(pooled({ nonce: 1n, sender: 2 }), rich)
    const overTotal = pool.add(pooled({ nonce: 1n, sender: 3 }), rich)
    assert.equal(
      overTotal.kind === 'refused' && overTotal.message,
      'txpool is full: 3 transactions wait, limit 3',
    )
    assert.equal(
      pool.add(pooled({ nonce: 1n, maxFeePerGas: 5000n, maxPriorityFeePerGas: 5000n }), rich).kind,
      'added',
    )
  })

  it('drops what the nonce has overtaken and forgets senders without transactions', () => {
    const pool = new TransactionPool()
    for (const nonce of [1n, 2n, 4n]) pool.add(pooled({ nonce }), rich)
    const { sender } = pooled({ nonce: 1n })
    assert.deepEqual(
      pool.dropBelow(sender, 3n).map((t) => t.nonce),
      [1n, 2n],
    )
    pool.remove(pool.at(sender, 4n)!)
    assert.equal(pool.size, 0)
    assert.deepEqual(pool.senders(), [])
  })
})

function pooled(fields: Partial<Omit<PooledTransaction, 'sender'>> & { sender?: number }): PooledTransaction {
  const transaction = {
    raw: new Uint8Array(1),
    authorities: [],
    nonce: 0n,
    gasLimit: 21_000n,
    maxFeePerGas: 1000n,
    maxPriorityFeePerGas: 1000n,
    cost: 1n,
    hash: new Uint8Array(0),
    ...fields,
    sender: new Uint8Array(20).fill(fields.sender ?? 1),
  }
  const seed = Number(
    transaction.nonce + transaction.maxFeePerGas * 64n + transaction.maxPriorityFeePerGas * 7n,
  )
  return { ...transaction, hash: hashOf(seed + 1_000_000 * (fields.sender ?? 1)) }
}

function hashOf(seed: number): Uint8Array {
  const hash = new Uint8Array(32)
  new DataView(hash.buffer).setUint32(0, seed)
  return hash
}
