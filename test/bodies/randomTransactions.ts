import { type Exchange, swapData, transferData } from '../../bench/lib/contracts.ts'
import { addressOf } from '../../bench/lib/Ledger.ts'
import { concatBytes, fromBigInt, hexToBytes, type Prng } from '../../src/lib/index.ts'
import {
  type Authorization,
  encodeTransaction,
  type PreparedTransaction,
  type Transaction,
} from '../../src/protocol/index.ts'

const CHAIN_ID = 31337n
const GWEI = 10n ** 9n

/**
 * Stores word 1 of the call data at word 0, logs all of it under word 0 and one byte without topic, and reverts where word 2
 * isn't zero.
 */
const NOISY = hexToBytes('0x6020355f3555365f5f375f35365fa160015fa0604035601a57005b5f5ffd')
/** Returns the code behind it. */
const DEPLOYING = (code: Uint8Array) =>
  concatBytes(Uint8Array.of(0x60, code.length, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3), code)
/** CALLER SELFDESTRUCT, as init code. */
const SELF_DESTRUCTING = Uint8Array.of(0x33, 0xff)

export type Scene = { tokens: readonly Uint8Array[]; exchange: Exchange; noisy: Uint8Array; people: number }

export const noisyInitCode: Uint8Array = DEPLOYING(NOISY)

/** Transactions of every type, most of them calls of contracts; some fail. */
export class RandomTransactions {
  readonly #scene: Scene
  readonly #random: Prng
  readonly #nonceOf: (address: Uint8Array) => bigint

  /** @param nonceOf - of an account, now. */
  constructor(scene: Scene, random: Prng, nonceOf: (address: Uint8Array) => bigint) {
    this.#scene = scene
    this.#random = random
    this.#nonceOf = nonceOf
  }

  next(): PreparedTransaction {
    const random = this.#random
    const sender = this.#person()
    const nonce = this.#nonceOf(sender)
    const { to, value = 0n, data = new Uint8Array(0) } = this.#call(sender)
    const gasLimit = random.nextInt(20) === 0 ? 60_000n : 400_000n
    const r = random.nextBigInt(random.nextInt(8) === 0 ? 100 : 254) + 1n
    const rest = {
      nonce,
      gasLimit,
      value,
      data,
      yParity: random.nextInt(2) as 0 | 1,
      r,
      s: random.nextBigInt(250) + 1n,
    }
    const raw = encodeTransaction(this.#typed({ ...rest, to }))
    return { raw, sender, authorities: raw[0] === 4 ? [this.#person(), undefined] : [] }
  }

  #typed(fields: Omit<Transaction & { type: 0 }, 'type' | 'chainId' | 'gasPrice'>): Transaction {
    const random = this.#random
    const tip = BigInt(random.nextInt(3))
    const fees = { maxFeePerGas: 2n * GWEI + BigInt(random.nextInt(2)), maxPriorityFeePerGas: tip }
    const to = fields.to
    const kind = random.nextInt(12)
    if (kind === 0) return { ...fields, type: 0, chainId: undefined, gasPrice: GWEI + tip }
    if (kind === 1) return { ...fields, type: 0, chainId: CHAIN_ID, gasPrice: GWEI + tip }
    const accessList =
      random.nextInt(3) === 0 ? [{ address: this.#scene.noisy, storageKeys: [new Uint8Array(32)] }] : []
    if (kind === 2) return { ...fields, type: 1, chainId: CHAIN_ID, gasPrice: GWEI + tip, accessList }
    if (kind === 3 && to !== undefined) {
      const blobVersionedHashes = [concatBytes(Uint8Array.of(1), random.nextBytes(31))]
      const blob = { maxFeePerBlobGas: 1n, blobVersionedHashes }
      return { ...fields, ...fees, ...blob, type: 3, chainId: CHAIN_ID, accessList, to }
    }
    if (kind === 4 && to !== undefined) {
      const authorizationList = [this.#authorization(), this.#authorization()]
      return { ...fields, ...fees, type: 4, chainId: CHAIN_ID, accessList, to, authorizationList }
    }
    return { ...fields, ...fees, type: 2, chainId: CHAIN_ID, accessList: kind === 5 ? accessList : [] }
  }

  #authorization(): Authorization {
    const nonce = BigInt(this.#random.nextInt(3))
    return { chainId: CHAIN_ID, address: this.#scene.noisy, nonce, yParity: 0, r: 5n, s: 6n }
  }

  #call(sender: Uint8Array): { to: Uint8Array | undefined; value?: bigint; data?: Uint8Array } {
    const random = this.#random
    const { tokens, exchange, noisy } = this.#scene
    const amount = random.nextBigInt(1 + random.nextInt(60))
    switch (random.nextInt(10)) {
      case 0:
        return { to: this.#person(), value: amount }
      case 1:
        return { to: random.nextBytes(20), value: amount }
      case 2:
        return {
          to: undefined,
          data: random.nextInt(2) === 0 ? SELF_DESTRUCTING : noisyInitCode,
          value: amount,
        }
      case 3:
        return { to: noisy, data: this.#noise() }
      case 4:
        return {
          to: tokens[0]!,
          data: concatBytes(hexToBytes('0x095ea7b3'), word(this.#person()), word(fromBigInt(amount, 32))),
        }
      case 5:
        return {
          to: tokens[0]!,
          data: concatBytes(
            hexToBytes('0x23b872dd'),
            word(this.#person()),
            word(sender),
            word(fromBigInt(amount, 32)),
          ),
        }
      case 6:
        return {
          to: exchange.router,
          data: swapData(exchange, {
            account: sender,
            amount: 1000n + (amount & 0xffffn),
            backwards: random.nextInt(2) === 0,
          }),
        }
      default:
        return {
          to: random.pick([...tokens]),
          data: transferData(random.nextInt(9) === 0 ? sender : this.#person(), amount),
        }
    }
  }

  /** Few keys and values, so that slots come again, and become zero. */
  #noise(): Uint8Array {
    const random = this.#random
    const key =
      random.nextInt(2) === 0
        ? fromBigInt(BigInt(random.nextInt(5)), 32)
        : new Uint8Array(32).fill(random.nextInt(3))
    const value = random.nextInt(3) === 0 ? random.nextBytes(32) : fromBigInt(BigInt(random.nextInt(3)), 32)
    const isReverted = fromBigInt(random.nextInt(5) === 0 ? 1n : 0n, 32)
    return concatBytes(key, value, isReverted, random.nextBytes(random.nextInt(40)))
  }

  #person(): Uint8Array {
    return addressOf(this.#random.nextInt(this.#scene.people))
  }
}

function word(bytes: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(32 - bytes.length), bytes)
}
