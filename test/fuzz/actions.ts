import { accounts, bytes, createAddress, type TestAccount, unfundedAccount } from '../lib/index.ts'
import type { Ref, Template } from './Template.ts'

/**
 * A transaction before addresses and nonces are known. Actions name what earlier ones made (`contract`, `child`), so
 * that a run can be replayed with some of them left out.
 */
export type Action = {
  id: number
  /** Index of the sender in {@link signers}. */
  sender: number
  /** 0 with `chainId` undefined: signed as before EIP-155. */
  type: 0 | 1 | 2 | 4
  chainId: bigint | undefined
  to: Ref | undefined
  value: bigint
  gas: GasChoice
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  data: Template
  accessList: { of: Ref; keys: bigint[] }[]
  authorizations: AuthorizationPlan[]
  /** Whether `eth_call` must give the same output: not where the code reads the fee or the block. */
  callable: boolean
  /** What it is, for the report. */
  label: string
}

/** Gas limit: intrinsic gas (or its floor) plus something, or an absolute number. */
export type GasChoice = { aboveIntrinsic: bigint } | { absolute: bigint }

export type AuthorizationPlan = {
  /** Index of the authority in {@link signers}. */
  authority: number
  /** Undefined clears the delegation. */
  delegate: Ref | undefined
  chainId: bigint
  /** Added to the nonce that would be valid. */
  nonceOffset: bigint
  flaw: 'none' | 'highS' | 'zeroR' | 'badParity' | 'maxNonce'
}

export const FUNDED = accounts.length
const AUTHORITIES = 6

/** The funded accounts, then some that own nothing and only sign authorizations. */
export const signers: readonly TestAccount[] = [
  ...accounts,
  ...Array.from({ length: AUTHORITIES }, (_, index) => unfundedAccount(500 + index)),
]

/** Sends one wei to a signer. */
export function funding(index: number): Action {
  return {
    id: -1 - index,
    sender: 0,
    type: 2,
    chainId: 31337n,
    to: { kind: 'signer', index },
    value: 1n,
    gas: { aboveIntrinsic: 0n },
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 0n,
    data: [],
    accessList: [],
    authorizations: [],
    callable: false,
    label: 'funding',
  }
}

/** Addresses that actions of one run got. */
export class AddressBook {
  readonly #contracts = new Map<number, Uint8Array>()

  created(action: number, address: Uint8Array): void {
    this.#contracts.set(action, address)
  }

  resolve(ref: Ref): Uint8Array {
    switch (ref.kind) {
      case 'signer':
        return bytes(signers[ref.index]!.address)
      case 'precompile':
        return number20(0n, ref.number)
      case 'fresh':
        return number20(0xfee1_dead_0000n, ref.number)
      case 'contract':
        return this.#contracts.get(ref.action) ?? number20(0xabcd_0000_0000n, ref.action)
      case 'child':
        return createAddress(this.resolve({ kind: 'contract', action: ref.action }), ref.nonce)
    }
  }

  fill(template: Template): Uint8Array {
    return new Uint8Array(
      Buffer.concat(template.map((part) => (part instanceof Uint8Array ? part : this.resolve(part)))),
    )
  }
}

/** Gas that a transaction pays before it runs: the larger of intrinsic gas and EIP-7623's floor. */
export function minimumGas(action: Action, data: Uint8Array): bigint {
  const zeros = BigInt(data.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0))
  const tokens = zeros + (BigInt(data.length) - zeros) * 4n
  const words = BigInt(Math.ceil(data.length / 32))
  const lists = action.accessList.reduce((sum, item) => sum + 2400n + 1900n * BigInt(item.keys.length), 0n)
  const creation = action.to === undefined ? 32_000n + 2n * words : 0n
  const intrinsic = 21_000n + 4n * tokens + creation + lists + 25_000n * BigInt(action.authorizations.length)
  const floor = 21_000n + 10n * tokens
  return intrinsic > floor ? intrinsic : floor
}

function number20(prefix: bigint, number: number): Uint8Array {
  return bytes(((prefix << 32n) + BigInt(number)).toString(16).padStart(40, '0'))
}
