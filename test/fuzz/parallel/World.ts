/** A small state, and random batches of transactions that get into each other's way. */
import type { Engine } from '../../../src/execution/index.ts'
import {
  asm,
  BLOCK,
  COINBASE,
  ETHER,
  MACHINE_FACTORY,
  machineAddress,
  runMachines,
} from '../../../src/execution/testing/index.ts'
import { concatBytes, EMPTY_BYTES, fromBigInt, Prng } from '../../../src/lib/index.ts'
import {
  type AccessListEntry,
  type Authorization,
  encodeTransaction,
  FORKS,
  type PreparedTransaction,
} from '../../../src/protocol/index.ts'
import { accountsOf } from '../evm/CaseRunner.ts'
import { addressBytes, contractAddress, DELEGATING, type FuzzCase, NOBODY, PERSON } from '../evm/FuzzCase.ts'
import { generateCase } from '../evm/generate.ts'

const PEOPLE = 20
const SALTS = 3
const FACTORY = addressBytes(0xfac7n << 128n)
const COUNTER = addressBytes(0xc0117n << 120n)
const TOKEN = addressBytes(0x70cen << 128n)
const PAYER = addressBytes(0x9a7en << 128n)
const LOOKER = addressBytes(0x100cn << 128n)
const word = (value: number | bigint) => fromBigInt(BigInt(value), 32)
const person = (index: number) => addressBytes((0xa11cen << 120n) | BigInt(index))

/** Adds one to the slot that the call data names, logs it, and reverts where the data's second word is not zero. */
const COUNTER_CODE = asm`
  PUSH 1 PUSH 0 CALLDATALOAD SLOAD ADD DUP1 PUSH 0 CALLDATALOAD SSTORE
  PUSH 0 MSTORE PUSH 0 CALLDATALOAD CALLER PUSH 32 PUSH 0 LOG2
  PUSH 32 CALLDATALOAD @bad JUMPI STOP
  bad: PUSH 0 PUSH 0 REVERT`
/** Moves the second word of the call data from the caller's slot to the one of the first word; reverts below zero. */
const TOKEN_CODE = asm`
  CALLER SLOAD PUSH 32 CALLDATALOAD DUP2 DUP2 GT @bad JUMPI
  DUP1 SWAP2 SUB CALLER SSTORE
  PUSH 0 CALLDATALOAD SLOAD ADD PUSH 0 CALLDATALOAD SSTORE
  PUSH 32 CALLDATALOAD PUSH 0 MSTORE PUSH 0 CALLDATALOAD CALLER PUSH 7 PUSH 32 PUSH 0 LOG3 STOP
  bad: PUSH 0 PUSH 0 REVERT`
/** Passes the value that it is sent on to the coinbase, where the call data's first word says so, else to that address. */
const PAYER_CODE = asm`
  PUSH 0 PUSH 0 PUSH 0 PUSH 0 CALLVALUE PUSH 0 CALLDATALOAD DUP1 ISZERO @coinbase JUMPI @pay JUMP
  coinbase: POP COINBASE
  pay: GAS CALL PUSH 5 SSTORE STOP`
/** Stores what BALANCE, EXTCODEHASH and EXTCODESIZE say of the address in the call data, and its own balance. */
const LOOKER_CODE = asm`
  PUSH 0 CALLDATALOAD BALANCE PUSH 0 SSTORE PUSH 0 CALLDATALOAD EXTCODEHASH PUSH 1 SSTORE
  PUSH 0 CALLDATALOAD EXTCODESIZE PUSH 2 SSTORE SELFBALANCE PUSH 3 SSTORE COINBASE BALANCE POP
  PUSH 1 NUMBER SUB BLOCKHASH PUSH 4 SSTORE STOP`

/** Random transactions on a state that the seed determines. Nonces are counted here, so that most fit. */
export class World {
  readonly #random: Prng
  readonly #case: FuzzCase
  readonly #nonces = new Map<string, bigint>()

  constructor(seed: number) {
    this.#random = new Prng(seed)
    this.#case = generateCase(seed, 1)
  }

  /** Empties an engine, puts the state in, and opens a block. */
  load(engine: Engine): void {
    engine.reset()
    const put = (address: Uint8Array, code: Uint8Array, balance = 1_000n) =>
      engine.setAccount(address, { nonce: code.length === 0 ? 0n : 1n, balance, code })
    for (const { address, storage, ...account } of accountsOf({ ...this.#case, creates: false })) {
      engine.setAccount(address, account)
      for (const [key, value] of storage)
        engine.setStorage(address, fromBigInt(key, 32), fromBigInt(value, 32))
    }
    put(FACTORY, MACHINE_FACTORY)
    put(COUNTER, COUNTER_CODE)
    put(TOKEN, TOKEN_CODE)
    put(PAYER, PAYER_CODE)
    put(LOOKER, LOOKER_CODE)
    for (let i = 0; i < PEOPLE; i++) {
      put(person(i), EMPTY_BYTES, 100n * ETHER)
      engine.setStorage(TOKEN, concatBytes(new Uint8Array(12), person(i)), word(50))
    }
    this.openBlock(engine, 0)
    engine.takeDiff()
  }

  openBlock(engine: Engine, index: number): void {
    const fork = FORKS[FORKS.length - 1 - (index % 2)]!
    engine.beginBlock(
      { ...BLOCK, fork, number: BLOCK.number + BigInt(index), gasLimit: 30_000_000n },
      (number) => fromBigInt(number, 32),
    )
  }

  /** The next batch. */
  batch(count: number): PreparedTransaction[] {
    return Array.from({ length: count }, () => this.#transaction())
  }

  #transaction(): PreparedTransaction {
    const random = this.#random
    const isCoinbase = random.nextInt(30) === 0
    const sender = isCoinbase ? COINBASE : person(random.nextInt(PEOPLE))
    const key = String(sender)
    const next = this.#nonces.get(key) ?? 0n
    const isWrong = random.nextInt(25) === 0
    const call = this.#call()
    const authorizations = call.to !== undefined && random.nextInt(20) === 0 ? this.#authorizations() : []
    const gasLimit = random.nextInt(10) === 0 ? 30_000n + BigInt(random.nextInt(60_000)) : 400_000n
    const raw = encodeTransaction({
      nonce: isWrong ? next + BigInt(random.nextInt(3)) - 1n + (next === 0n ? 1n : 0n) : next,
      gasLimit,
      value: call.value,
      data: call.data,
      chainId: BLOCK.chainId,
      maxPriorityFeePerGas: BigInt(random.nextInt(3)),
      maxFeePerGas: BLOCK.baseFeePerGas + 2n,
      accessList: this.#accessList(),
      yParity: 0,
      r: 1n,
      s: 1n,
      ...(authorizations.length === 0
        ? { type: 2, to: call.to }
        : { type: 4, to: call.to!, authorizationList: authorizations.map(({ tuple }) => tuple) }),
    })
    if (!isWrong) this.#nonces.set(key, next + 1n)
    return { raw, sender, authorities: authorizations.map(({ authority }) => authority) }
  }

  #call(): { to: Uint8Array | undefined; data: Uint8Array; value: bigint } {
    const random = this.#random
    const amount = BigInt(random.nextInt(4))
    switch (random.nextInt(12)) {
      case 0:
      case 1:
        return { to: this.#anybody(), data: EMPTY_BYTES, value: amount }
      case 2:
      case 3: {
        const data = concatBytes(word(random.nextInt(3)), word(random.nextInt(5) === 0 ? 1 : 0))
        return { to: COUNTER, data, value: 0n }
      }
      case 4:
      case 5: {
        const to = person(random.nextInt(PEOPLE))
        const data = concatBytes(new Uint8Array(12), to, word(random.nextInt(40)))
        return { to: TOKEN, data, value: 0n }
      }
      case 6: {
        const isToCoinbase = random.nextInt(3) === 0
        const data = isToCoinbase ? word(0) : concatBytes(new Uint8Array(12), this.#anybody())
        return { to: PAYER, data, value: amount }
      }
      case 7:
        return { to: LOOKER, data: concatBytes(new Uint8Array(12), this.#anybody()), value: amount }
      case 8:
        return { to: undefined, data: this.#creation(), value: amount }
      case 9:
        return { to: FACTORY, data: word(random.nextInt(SALTS)), value: 0n }
      case 10:
        return { to: machineAddress(FACTORY, random.nextInt(SALTS)), data: this.#machineData(), value: 0n }
      default: {
        const { contracts, data } = this.#case
        return { to: addressBytes(contractAddress(random.nextInt(contracts.length))), data, value: amount }
      }
    }
  }

  /** People, contracts, precompiles, the coinbase, nobody. */
  #anybody(): Uint8Array {
    const random = this.#random
    const choices = [
      person(random.nextInt(PEOPLE)),
      person(random.nextInt(PEOPLE)),
      COINBASE,
      COUNTER,
      LOOKER,
      FACTORY,
      machineAddress(FACTORY, random.nextInt(SALTS)),
      addressBytes(BigInt(random.nextInt(12))),
      addressBytes(DELEGATING),
      addressBytes(PERSON),
      addressBytes(NOBODY),
      addressBytes(NOBODY + BigInt(random.nextInt(5))),
    ]
    return choices[random.nextInt(choices.length)]!
  }

  #steps(): { key: number; value: number | 'read' }[] {
    const random = this.#random
    return Array.from({ length: 1 + random.nextInt(3) }, () => ({
      key: random.nextInt(3),
      value: random.nextInt(2) === 0 ? 'read' : random.nextInt(3),
    }))
  }

  #machineData(): Uint8Array {
    const steps = this.#steps().flatMap(({ key, value }) => [
      word(key),
      value === 'read' ? new Uint8Array(32).fill(0xff) : word(value),
    ])
    return concatBytes(word(this.#random.nextInt(3)), ...steps)
  }

  #creation(): Uint8Array {
    const random = this.#random
    const salt = random.nextInt(SALTS)
    const endings = ['stop', 'revert', 'destroy'] as const
    const ending = endings[random.nextInt(3)]!
    const run = { machine: machineAddress(FACTORY, salt), steps: this.#steps(), ending }
    const created = random.nextInt(2) === 0 ? [salt] : []
    return runMachines([run], { factory: FACTORY, created, reverts: random.nextInt(3) === 0 })
  }

  #accessList(): AccessListEntry[] {
    const random = this.#random
    if (random.nextInt(6) !== 0) return []
    return [{ address: this.#anybody(), storageKeys: [word(random.nextInt(4))] }]
  }

  #authorizations(): { tuple: Authorization; authority: Uint8Array }[] {
    const random = this.#random
    const authority = person(random.nextInt(PEOPLE))
    const nonce = this.#nonces.get(String(authority)) ?? 0n
    const delegates = [COUNTER, LOOKER, new Uint8Array(20)]
    const address = delegates[random.nextInt(delegates.length)]!
    if (random.nextInt(2) === 0) this.#nonces.set(String(authority), nonce + 1n)
    return [{ tuple: { chainId: 0n, address, nonce, yParity: 0, r: 1n, s: 1n }, authority }]
  }
}
