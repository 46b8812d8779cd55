import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileKernel } from '../../src/kernels/build.ts'
import { TRANSACTION_DECODE_ERRORS } from '../../src/kernels/index.ts'
import {
  accessListOf,
  decodeTransaction,
  encodeTransaction,
  maxFeePerGas,
  maxPriorityFeePerGas,
  SECP256K1_HALF_N,
  SECP256K1_N,
  signingHash,
  type Transaction,
  transactionHash,
} from '../../src/protocol/index.ts'

const wasm = await compileKernel({
  name: 'transactionTest',
  entry: 'assembly/transaction.ts',
  flags: ['--initialMemory', '8'],
})
const kernel = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports
const memory: WebAssembly.Memory = kernel.memory
const TX = 65_536
const RAW = TX + 1024
const SCRATCH = 4 * 65_536

const u64 = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)
const u256 = fc.oneof(u64, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }))
const address = fc.uint8Array({ minLength: 20, maxLength: 20 })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const accessList = fc.array(fc.record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), {
  maxLength: 3,
})
const authorization = fc.record({
  chainId: u256,
  address,
  nonce: u64,
  yParity: fc.nat(255),
  r: u256,
  s: u256,
})
const common = {
  nonce: u64,
  gasLimit: u64,
  to: fc.option(address, { nil: undefined }),
  value: u256,
  data: fc.uint8Array({ maxLength: 300, size: 'max' }),
  yParity: fc.constantFrom(0 as const, 1 as const),
  r: fc.bigInt({ min: 1n, max: SECP256K1_N - 1n }),
  s: fc.bigInt({ min: 1n, max: SECP256K1_HALF_N }),
}
const chainId = fc.bigInt({ min: 0n, max: 2n ** 62n })
const feeMarket = { ...common, chainId, accessList, maxFeePerGas: u256, maxPriorityFeePerGas: u256 }
const blobVersionedHashes = fc.array(hash, { minLength: 1, maxLength: 3 })
const authorizationList = fc.array(authorization, { minLength: 1, maxLength: 3 })
const transactions: fc.Arbitrary<Transaction> = fc.oneof(
  fc.record({
    ...common,
    type: fc.constant(0 as const),
    chainId: fc.option(chainId, { nil: undefined }),
    gasPrice: u256,
  }),
  fc.record({ ...common, type: fc.constant(1 as const), chainId, gasPrice: u256, accessList }),
  fc.record({ ...feeMarket, type: fc.constant(2 as const) }),
  fc.record({
    ...feeMarket,
    type: fc.constant(3 as const),
    to: address,
    maxFeePerBlobGas: u256,
    blobVersionedHashes,
  }),
  fc.record({ ...feeMarket, type: fc.constant(4 as const), to: address, authorizationList }),
)

/** Replaces some bytes at a place by others: a flip, an insertion, a deletion, or a bit of each. */
const change = fc.record({ at: fc.nat(), removed: fc.nat(2), inserted: fc.uint8Array({ maxLength: 2 }) })

describe('the two transaction decoders', () => {
  it('read the same out of every transaction', () => {
    fc.assert(
      fc.property(transactions, (transaction) => {
        const raw = encodeTransaction(transaction)
        assert.equal(decodeByKernel(raw), 0)
        assertSame(transaction)
      }),
      { numRuns: 500 },
    )
  })

  it('accept and refuse the same malformed bytes', () => {
    fc.assert(
      fc.property(transactions, change, (transaction, { at, removed, inserted }) => {
        const raw = [...encodeTransaction(transaction)]
        // Most of what can be wrong is in the first bytes.
        raw.splice(at % Math.min(raw.length, at % 2 === 0 ? raw.length : 40), removed, ...inserted)
        assertAgree(Uint8Array.from(raw))
      }),
      { numRuns: 3000 },
    )
  })
})

function assertAgree(raw: Uint8Array): void {
  const code = decodeByKernel(raw)
  const reference = decodeTransaction(raw)
  const said = TRANSACTION_DECODE_ERRORS[code]?.message
  if (!reference.ok) {
    assert.notEqual(code, 0, `only the kernel accepts; ${reference.message}`)
  } else if (!isBeyondReference(reference.transaction)) {
    assert.equal(code, 0, `only the kernel refuses: ${said}`)
    assertSame(reference.transaction)
  } else {
    assert.notEqual(code, 0, 'the kernel accepts what no signature or chain allows')
  }
}

/** Whether the kernel refuses while decoding what the reference leaves to recovery and execution. */
function isBeyondReference(tx: Transaction): boolean {
  if (tx.r === 0n || tx.s === 0n || tx.r >= SECP256K1_N || tx.s > SECP256K1_HALF_N) return true
  if (tx.chainId !== undefined && tx.chainId >= (tx.type === 0 ? 2n ** 63n - 17n : 2n ** 64n)) return true
  if (tx.type === 3) return tx.blobVersionedHashes.length === 0
  return tx.type === 4 && tx.authorizationList.length === 0
}

function assertSame(tx: Transaction): void {
  const view = new DataView(memory.buffer)
  const u64At = (offset: number) => view.getBigUint64(TX + offset, true)
  const wordAt = (offset: number) =>
    [24, 16, 8, 0].reduce((sum, limb) => (sum << 64n) | u64At(offset + limb), 0n)
  const bytesAt = (offset: number, length: number) => new Uint8Array(memory.buffer, TX + offset, length)
  const found = {
    ...{ type: u32(0), flags: u32(4), nonce: u64At(8), gasLimit: u64At(16), chainId: u64At(24) },
    ...{ value: wordAt(64), maxFee: wordAt(96), priorityFee: wordAt(128), blobFee: wordAt(160) },
    ...{ addressCount: u32(208), keyCount: u32(212), blobCount: u32(220), authorizationCount: u32(232) },
    ...{ yParity: u32(236), r: wordAt(240), s: wordAt(272) },
  }
  assert.deepEqual(found, expectedNumbers(tx))
  assert.deepEqual(bytesAt(32, 20), tx.to ?? new Uint8Array(20))
  assert.deepEqual(new Uint8Array(memory.buffer, u32(192), u32(196)), tx.data)
  assert.deepEqual(bytesAt(304, 32), signingHash(tx), 'signing hash')
  assert.deepEqual(bytesAt(336, 32), transactionHash(tx), 'transaction hash')
}

function expectedNumbers(tx: Transaction) {
  const keys = accessListOf(tx).flatMap((entry) => entry.storageKeys)
  return {
    type: tx.type,
    flags: (tx.to === undefined ? 1 : 0) + (tx.chainId === undefined ? 0 : 2),
    ...{ nonce: tx.nonce, gasLimit: tx.gasLimit, chainId: tx.chainId ?? 0n, value: tx.value },
    ...{ maxFee: maxFeePerGas(tx), priorityFee: maxPriorityFeePerGas(tx) },
    blobFee: tx.type === 3 ? tx.maxFeePerBlobGas : 0n,
    addressCount: accessListOf(tx).length,
    keyCount: keys.length,
    blobCount: tx.type === 3 ? tx.blobVersionedHashes.length : 0,
    authorizationCount: tx.type === 4 ? tx.authorizationList.length : 0,
    ...{ yParity: tx.yParity, r: tx.r, s: tx.s },
  }
}

function decodeByKernel(raw: Uint8Array): number {
  new Uint8Array(memory.buffer).set(raw, RAW)
  return kernel.decodeTransaction(RAW, raw.length, TX, SCRATCH)
}

function u32(offset: number): number {
  return new DataView(memory.buffer).getUint32(TX + offset, true)
}
