import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeTransaction, type FeeMarketTransaction, type Transaction } from '../protocol/index.ts'
import { checkTransaction } from './checkTransaction.ts'

const rules = { chainId: 31337n, fork: 'Osaka', blockGasLimit: 30_000_000n } as const

const transfer: FeeMarketTransaction = {
  type: 2,
  chainId: 31337n,
  nonce: 0n,
  gasLimit: 21_000n,
  to: new Uint8Array(20),
  value: 1n,
  data: new Uint8Array(0),
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
  accessList: [],
  yParity: 0,
  r: 1n,
  s: 1n,
}

describe('checkTransaction', () => {
  it('accepts a transfer', () => {
    assert.equal(check(transfer), 'checked')
  })

  it('caps the gas of one transaction also where the fork does not', () => {
    const prague = { ...rules, fork: 'Prague', blockGasLimit: 10_000_000_000n } as const
    const heavy = { ...transfer, gasLimit: 100_000_001n }
    const outcome = checkTransaction(encodeTransaction(heavy), prague)
    assert.equal(
      outcome.kind === 'refused' && outcome.message,
      'transaction gas limit too high (cap: 100000000, tx: 100000001)',
    )
    assert.equal(
      checkTransaction(encodeTransaction({ ...transfer, gasLimit: 100_000_000n }), prague).kind,
      'checked',
    )
  })

  it('accepts a legacy transaction without a chain id', () => {
    const {
      type: _,
      chainId: __,
      maxFeePerGas: ___,
      maxPriorityFeePerGas: ____,
      accessList: _____,
      ...rest
    } = transfer
    assert.equal(check({ ...rest, type: 0, chainId: undefined, gasPrice: 1n }), 'checked')
  })

  for (const [name, change, message] of [
    ['another chain id', { chainId: 1n }, 'invalid sender: invalid chain id for signer: have 1 want 31337'],
    [
      'a tip above the fee cap',
      { maxPriorityFeePerGas: 3n },
      'max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 3, maxFeePerGas: 2',
    ],
    ['too little gas', { gasLimit: 20_999n }, 'intrinsic gas too low: gas 20999, minimum needed 21000'],
    [
      'gas below the calldata floor',
      { gasLimit: 21_399n, data: new Uint8Array(10).fill(1) },
      'insufficient gas for floor data gas cost: gas 21399, minimum needed 21400',
    ],
    [
      'gas above the cap of EIP-7825',
      { gasLimit: 16_777_217n },
      'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    ],
    ['the highest nonce', { nonce: 2n ** 64n - 1n }, 'nonce has max value'],
    [
      'initcode that is too long',
      { to: undefined, data: new Uint8Array(49_153) },
      'max initcode size exceeded: code size 49153, limit 49152',
    ],
    ['an envelope that is too long', { data: new Uint8Array(131_072) }, 'oversized data: transaction size'],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.ok(check({ ...transfer, ...change } as Transaction).startsWith(message))
    })
  }

  it('refuses more gas than a block has', () => {
    const raw = encodeTransaction({ ...transfer, gasLimit: 40_000n })
    const result = checkTransaction(raw, { ...rules, blockGasLimit: 30_000n })
    assert.equal(result.kind === 'refused' && result.message, 'exceeds block gas limit')
  })

  it('refuses blob transactions whatever follows the type byte', () => {
    const result = checkTransaction(Uint8Array.of(3, 0xff), rules)
    assert.equal(result.kind === 'refused' && result.code, 'TransactionException.TYPE_NOT_SUPPORTED')
  })

  it('refuses set-code transactions before Prague', () => {
    const authorization = { chainId: 0n, address: new Uint8Array(20), nonce: 0n, yParity: 0, r: 1n, s: 1n }
    const raw = encodeTransaction({
      ...transfer,
      type: 4,
      to: new Uint8Array(20),
      authorizationList: [authorization],
      gasLimit: 100_000n,
    })
    const result = checkTransaction(raw, { ...rules, fork: 'Cancun' })
    assert.equal(result.kind === 'refused' && result.code, 'TransactionException.TYPE_4_TX_PRE_FORK')
  })
})

/** 'checked', or the message of the refusal. */
function check(transaction: Transaction): string {
  const result = checkTransaction(encodeTransaction(transaction), rules)
  return result.kind === 'refused' ? result.message : result.kind
}
