import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { TransactionOutcome } from './outcomes.ts'
import { asm, BASE_FEE, COINBASE, ETHER, SENDER, TestChain, TIP } from './testing/index.ts'

const NOBODY = new Uint8Array(20).fill(0x0b)

/** Asserts that the transaction is refused with that code, and that nothing changed. */
function refused(chain: TestChain, send: () => TransactionOutcome, code: string): string {
  chain.engine.takeDiff()
  const before = chain.engine.cumulativeGasUsed
  const outcome = send()
  assert.ok(outcome.kind === 'invalid', `it should be refused with ${code}`)
  assert.equal(outcome.code, `TransactionException.${code}`)
  assert.deepEqual(chain.engine.takeDiff(), new Uint8Array(12))
  assert.equal(chain.engine.cumulativeGasUsed, before)
  return outcome.message
}

describe('calldata (EIP-2028, EIP-7623)', () => {
  const chain = new TestChain()
  const data = new Uint8Array(100).fill(1, 0, 60)

  it('costs at least 10 per token: 40 for a byte, 10 for a zero', () => {
    // 60 · 16 + 40 · 4 = 1,120 on one side, 60 · 40 + 40 · 10 = 2,800 on the other.
    assert.equal(chain.run({ to: NOBODY, data }).gasUsed, 21_000n + 2800n)
  })

  it('costs 16 and 4 once execution makes up for it', () => {
    const burns = chain.deploy(asm`PUSH 0x1fff PUSH0 KECCAK256 POP`)
    // Seven more than the floor: 3 + 2 + 30 + 6 · 256 + memory (256 words: 768 + 128) + 2.
    assert.equal(chain.run({ to: burns, data }).gasUsed, 21_000n + 1120n + 2469n)
  })

  it('is the floor even after a refund', () => {
    const clears = chain.deploy(asm`PUSH0 PUSH0 SSTORE`, { storage: [[0n, 1n]] })
    // 21,000 + 1,120 + 5,004 - 4,800 = 22,324 lies below the floor of 23,800.
    assert.equal(chain.run({ to: clears, data }).gasUsed, 23_800n)
  })

  it('must fit into the gas limit with its floor', () => {
    const message = refused(
      chain,
      () => chain.send({ to: NOBODY, data, gas: 23_799n }),
      'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
    )
    assert.match(message, /have 23799, want 23800/)
    assert.equal(chain.run({ to: NOBODY, data, gas: 23_800n }).status, 1)
    refused(chain, () => chain.send({ to: NOBODY, gas: 20_999n }), 'INTRINSIC_GAS_TOO_LOW')
  })

  it('has no floor before Prague', () => {
    const cancun = new TestChain({ fork: 'Cancun' }, chain.engine)
    assert.equal(cancun.run({ to: NOBODY, data }).gasUsed, 22_120n)
  })
})

describe('gas limits', () => {
  const chain = new TestChain()

  it('caps a transaction at 2^24 gas from Osaka on (EIP-7825)', () => {
    assert.equal(chain.run({ to: NOBODY, gas: 16_777_216n }).status, 1)
    refused(chain, () => chain.send({ to: NOBODY, gas: 16_777_217n }), 'GAS_LIMIT_EXCEEDS_MAXIMUM')
    chain.open({ fork: 'Prague' })
    assert.equal(chain.run({ to: NOBODY, gas: 16_777_217n }).status, 1)
    chain.open({ fork: 'Osaka' })
  })

  it('refuses what does not fit into the rest of the block', () => {
    chain.open({ gasLimit: 63_000n })
    chain.run({ to: NOBODY, gas: 42_000n })
    refused(chain, () => chain.send({ to: NOBODY, gas: 42_001n }), 'GAS_ALLOWANCE_EXCEEDED')
    chain.run({ to: NOBODY, gas: 42_000n })
    assert.equal(chain.engine.cumulativeGasUsed, 42_000n)
    chain.open({ gasLimit: 200_000_000n })
  })
})

describe('senders', () => {
  const chain = new TestChain()

  it('must have the nonce', () => {
    chain.run({ to: NOBODY })
    refused(chain, () => chain.send({ to: NOBODY, nonce: 0n }), 'NONCE_MISMATCH_TOO_LOW')
    refused(chain, () => chain.send({ to: NOBODY, nonce: 2n }), 'NONCE_MISMATCH_TOO_HIGH')
    refused(chain, () => chain.send({ to: NOBODY, nonce: 2n ** 64n - 1n }), 'NONCE_IS_MAX')
  })

  it('must not have code (EIP-3607)', () => {
    const from = chain.deploy(asm`STOP`, { balance: ETHER })
    refused(chain, () => chain.send({ from, to: NOBODY }), 'SENDER_NOT_EOA')
  })

  it('must pay for value and all gas at the highest price', () => {
    const from = new Uint8Array(20).fill(0x61)
    const needed = 30_000n * 50n + 8n
    chain.engine.setAccount(from, { nonce: 0n, balance: needed - 1n })
    const send = () => chain.send({ from, to: NOBODY, value: 8n, gas: 30_000n, maxFee: 50n, tip: 1n })
    assert.match(refused(chain, send, 'INSUFFICIENT_ACCOUNT_FUNDS'), /have 1500007 want 1500008/)
    chain.engine.setAccount(from, { nonce: 0n, balance: needed })
    assert.equal(send().kind, 'executed')
    assert.equal(chain.balance(from), needed - 8n - 21_000n * (BASE_FEE + 1n))
  })

  it('that do not exist can send nothing', () => {
    refused(chain, () => chain.send({ from: NOBODY, to: SENDER }), 'INSUFFICIENT_ACCOUNT_FUNDS')
    const from = new Uint8Array(20).fill(0x62)
    const max = 2n ** 256n - 1n
    refused(chain, () => chain.send({ from, to: SENDER, maxFee: max }), 'INSUFFICIENT_ACCOUNT_FUNDS')
  })
})

describe('fees (EIP-1559)', () => {
  const chain = new TestChain()
  const total = () => chain.balance(SENDER) + chain.balance(COINBASE)

  it('give the tip to the coinbase and burn the base fee', () => {
    const [sender, before] = [chain.balance(SENDER), total()]
    chain.run({ to: NOBODY })
    assert.equal(sender - chain.balance(SENDER), 21_000n * (BASE_FEE + TIP))
    assert.equal(chain.balance(COINBASE), 21_000n * TIP)
    assert.equal(before - total(), 21_000n * BASE_FEE)
  })

  it('cut the tip to what the highest price leaves', () => {
    const sender = chain.balance(SENDER)
    chain.run({ to: NOBODY, tip: 5n, maxFee: BASE_FEE + 2n })
    assert.equal(sender - chain.balance(SENDER), 21_000n * (BASE_FEE + 2n))
  })

  it('must cover the base fee, and the tip not be above the price', () => {
    refused(
      chain,
      () => chain.send({ to: NOBODY, tip: 0n, maxFee: BASE_FEE - 1n }),
      'INSUFFICIENT_MAX_FEE_PER_GAS',
    )
    const tooHigh = () => chain.send({ to: NOBODY, tip: 20n, maxFee: 19n })
    refused(chain, tooHigh, 'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS')
  })

  it('are told by GASPRICE and BASEFEE', () => {
    const at = chain.deploy(asm`GASPRICE PUSH0 SSTORE BASEFEE PUSH 1 SSTORE`)
    chain.run({ to: at, tip: 1n, maxFee: 100n })
    assert.deepEqual([chain.storage(at, 0n), chain.storage(at, 1n)], [BASE_FEE + 1n, BASE_FEE])
  })

  it('make no coinbase where there is no tip (EIP-161)', () => {
    const coinbase = new Uint8Array(20).fill(0x71)
    chain.open({ coinbase })
    chain.run({ to: NOBODY, tip: 0n })
    assert.equal(chain.engine.getAccount(coinbase), undefined)
    chain.open({ coinbase: COINBASE })
  })
})

describe('blobs (EIP-4844)', () => {
  const chain = new TestChain()
  const GAS_PER_BLOB = 131_072n
  const hash = (n: number) => new Uint8Array(32).fill(n, 1).fill(1, 0, 1)
  const hashes = [hash(7), hash(8)]

  it('burn blob gas at the blob base fee, beside the gas', () => {
    const sender = chain.balance(SENDER)
    chain.run({ to: NOBODY, blobs: { hashes, maxFee: 9n } })
    assert.equal(sender - chain.balance(SENDER), 21_000n * (BASE_FEE + TIP) + 2n * GAS_PER_BLOB * 5n)
    assert.equal(chain.engine.blobGasUsed, 2n * GAS_PER_BLOB)
  })

  it('are known by their hashes (BLOBHASH, 3 gas) and fee (BLOBBASEFEE)', () => {
    const at = chain.deploy(
      asm`PUSH 1 BLOBHASH PUSH0 SSTORE PUSH 2 BLOBHASH PUSH 1 SSTORE BLOBBASEFEE PUSH 2 SSTORE`,
    )
    chain.run({ to: at, blobs: { hashes, maxFee: 9n } })
    assert.deepEqual(chain.engine.getStorage(at, new Uint8Array(32)), hashes[1])
    assert.deepEqual([chain.storage(at, 1n), chain.storage(at, 2n)], [0n, 5n])
    assert.equal(chain.gasOf(asm`PUSH 1 BLOBHASH POP`), 8n)
    assert.equal(chain.gasOf(asm`PUSH 0xffffffffffffffffff BLOBHASH POP`), 8n)
  })

  it('must have version 1, pay the blob base fee, and be paid in full', () => {
    const send = (blobs: { hashes: Uint8Array[]; maxFee: bigint }, from = SENDER) =>
      chain.send({ from, to: NOBODY, blobs })
    const wrong = hash(7).fill(2, 0, 1)
    refused(chain, () => send({ hashes: [wrong], maxFee: 9n }), 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH')
    refused(chain, () => send({ hashes, maxFee: 4n }), 'INSUFFICIENT_MAX_FEE_PER_BLOB_GAS')
    const from = new Uint8Array(20).fill(0x63)
    chain.engine.setAccount(from, { nonce: 0n, balance: 10_000_000n * 10n + GAS_PER_BLOB * 9n - 1n })
    refused(chain, () => send({ hashes: [hash(7)], maxFee: 9n }, from), 'INSUFFICIENT_ACCOUNT_FUNDS')
  })

  it('are limited per transaction (EIP-7594) and per block', () => {
    chain.open()
    const send = (count: number) =>
      chain.send({ to: NOBODY, blobs: { hashes: Array.from({ length: count }, () => hash(1)), maxFee: 9n } })
    refused(chain, () => send(7), 'TYPE_3_TX_BLOB_COUNT_EXCEEDED')
    assert.equal(send(6).kind, 'executed')
    refused(chain, () => send(4), 'TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED')
    assert.equal(send(3).kind, 'executed')
  })
})
