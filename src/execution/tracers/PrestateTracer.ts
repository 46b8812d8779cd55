import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, concatBytes, equalBytes, hexToBytes, isAllZero, quantity } from '../../lib/index.ts'
import {
  createdAddress,
  DELEGATION_PREFIX,
  EMPTY_CODE_HASH,
  FORK_RULES,
  isAtLeast,
} from '../../protocol/index.ts'
import { ACCOUNT_ON_TOP, CALLS, CREATE, CREATE2, SELFDESTRUCT, SLOT_ACCESSES } from './opcodes.ts'
import type { StateProbe } from './StateProbe.ts'
import type { Step } from './Step.ts'
import type { TraceContext, TracedOutcome, Tracer } from './Tracer.ts'

export type PrestateTracerConfig = {
  diffMode: boolean
  disableCode: boolean
  disableStorage: boolean
  includeEmpty: boolean
}

/** An account before the message; what is undefined is left out. */
export type TouchedAccount = {
  balance: bigint | undefined
  code: Uint8Array | undefined
  codeHash: Uint8Array | undefined
  nonce: bigint
  /** By key in hex. */
  storage: Map<string, Uint8Array>
  isEmpty: boolean
}

const CREATE2_PREFIX = Uint8Array.of(0xff)

/** The state that a message needs, or what it changes (go-ethereum, eth/tracers/native/prestate.go). */
export class PrestateTracer implements Tracer {
  readonly opcodes: readonly number[] = [...SLOT_ACCESSES, ...ACCOUNT_ON_TOP, ...CALLS, CREATE, CREATE2]
  readonly #config: PrestateTracerConfig
  readonly #checkSize: (characters: number) => void
  /** By address in hex. */
  readonly #pre = new Map<string, TouchedAccount>()
  readonly #post = new Map<string, object>()
  readonly #created = new Set<string>()
  readonly #deleted = new Set<string>()
  #context: TraceContext | undefined
  /** What the latest step looks up, if it can be executed. */
  #lookUp: () => void = () => {}
  #size = 0

  constructor(config: PrestateTracerConfig, checkSize: (characters: number) => void) {
    this.#config = config
    this.#checkSize = checkSize
  }

  /** What the message has touched, by address in hex, as it was before; until {@link end} everything. */
  get touched(): ReadonlyMap<string, TouchedAccount> {
    return this.#pre
  }

  begin(context: TraceContext): void {
    this.#context = context
    const { message, env, state } = context
    const { sender } = message
    const to = message.to ?? createdAddress(sender, state.account(sender).nonce)
    if (message.to === undefined) this.#created.add(bytesToHex(to))
    else this.#lookUpDelegate(to)
    for (const address of [sender, to, env.coinbase]) this.#lookUpAccount(address)
    for (const authority of message.authorities) if (authority !== undefined) this.#lookUpAccount(authority)
  }

  step(step: Step): void {
    this.#lookUp = this.#lookUpOf(step)
  }

  stepped(_: bigint, error: string | undefined): void {
    if (error === undefined) this.#lookUp()
    this.#lookUp = () => {}
  }

  end(_: TracedOutcome): void {
    if (this.#config.diffMode) this.#compare()
    if (this.#config.includeEmpty) return
    for (const [address, { isEmpty }] of this.#pre) if (isEmpty) this.#pre.delete(address)
  }

  result(): string {
    const pre = sorted(this.#pre, (account) => accountJson(account))
    if (!this.#config.diffMode) return JSON.stringify(pre)
    return JSON.stringify({ post: sorted(this.#post, (account) => account), pre })
  }

  get #state(): StateProbe {
    return this.#context!.state
  }

  /** What it will look up, read before the step has changed anything. */
  #lookUpOf(step: Step): () => void {
    const { opcode, stackLength, address } = step
    if (opcode === CREATE) return this.#creation(createdAddress(address, this.#state.account(address).nonce))
    if (opcode === CREATE2) return stackLength < 4 ? () => {} : this.#creation(this.#create2Address(step))
    if (SLOT_ACCESSES.has(opcode)) {
      if (stackLength < 1 || this.#config.disableStorage) return () => {}
      return this.#slotAccess(address, step.wordBytes(0))
    }
    if (CALLS.has(opcode)) {
      if (stackLength < 5) return () => {}
      const to = step.addressWord(1)
      return () => {
        this.#lookUpAccount(to)
        this.#lookUpDelegate(to)
      }
    }
    if (stackLength < 1) return () => {}
    return this.#touch(step.addressWord(0), opcode === SELFDESTRUCT ? address : undefined)
  }

  /** An account that an instruction looks at, and the one that it destroys. */
  #touch(touched: Uint8Array, destroyed: Uint8Array | undefined): () => void {
    const add = this.#accountAccess(touched)
    return () => {
      add()
      if (destroyed === undefined) return
      const name = bytesToHex(destroyed)
      const isDeleted = !isAtLeast(this.#context!.env.fork, 'Cancun') || this.#created.has(name)
      if (isDeleted) this.#deleted.add(name) // EIP-6780
    }
  }

  #creation(created: Uint8Array): () => void {
    const add = this.#accountAccess(created)
    return () => {
      add()
      this.#created.add(bytesToHex(created))
    }
  }

  #lookUpAccount(address: Uint8Array): void {
    this.#accountAccess(address)()
  }

  /** Adds the account as it is now, where it is not known yet. */
  #accountAccess(address: Uint8Array): () => void {
    const name = bytesToHex(address)
    if (this.#pre.has(name)) return () => {}
    const account = this.#accountOf(address)
    return () => {
      this.#pre.set(name, account)
      this.#grow(ACCOUNT_CHARACTERS + 2 * (account.code?.length ?? 0))
    }
  }

  /** Adds the slot as it is now, where it is not known yet. */
  #slotAccess(address: Uint8Array, key: Uint8Array): () => void {
    const storage = this.#pre.get(bytesToHex(address))?.storage
    const name = bytesToHex(key)
    if (storage === undefined || storage.has(name)) return () => {}
    const value = this.#state.storage(address, key)
    return () => {
      storage.set(name, value)
      this.#grow(SLOT_CHARACTERS)
    }
  }

  /** EIP-1014. */
  #create2Address(step: Step): Uint8Array {
    const offset = Number(step.word(1))
    // What is longer can't be executed.
    const size = Math.min(Number(step.word(2)), FORK_RULES[this.#context!.env.fork].maxInitcodeSize)
    const initCode = new Uint8Array(size)
    initCode.set(step.memory.subarray(offset, offset + size))
    const preimage = concatBytes(CREATE2_PREFIX, step.address, step.wordBytes(3), keccak256(initCode))
    return keccak256(preimage).slice(12)
  }

  #lookUpDelegate(address: Uint8Array): void {
    if (!isAtLeast(this.#context!.env.fork, 'Prague')) return
    const code = this.#state.code(address)
    if (code.length === 23 && equalBytes(code.subarray(0, 3), DELEGATION_PREFIX))
      this.#lookUpAccount(code.slice(3))
  }

  #accountOf(address: Uint8Array): TouchedAccount {
    const { nonce, balance, codeHash } = this.#state.account(address)
    const code = this.#state.code(address)
    return {
      balance,
      code: code.length === 0 || this.#config.disableCode ? undefined : code,
      codeHash: code.length === 0 ? undefined : codeHash,
      nonce,
      storage: new Map(),
      isEmpty: nonce === 0n && balance === 0n && code.length === 0,
    }
  }

  /** Leaves in `pre` what the message has changed, and puts into `post` what it is now. */
  #compare(): void {
    for (const [name, account] of this.#pre) {
      if (this.#deleted.has(name)) continue
      const post = this.#postOf(hexToBytes(name), account)
      if (post === undefined) this.#pre.delete(name)
      else this.#post.set(name, post)
    }
  }

  #postOf(address: Uint8Array, before: TouchedAccount): object | undefined {
    const { exists, nonce, balance, codeHash } = this.#state.account(address)
    const code = this.#state.code(address)
    const hash = codeHash ?? (exists ? EMPTY_CODE_HASH : NO_HASH)
    const hasNewCode = !equalBytes(hash, before.codeHash ?? EMPTY_CODE_HASH)
    const storage = this.#config.disableStorage ? undefined : this.#changedSlots(address, before.storage)
    const isSame = nonce === before.nonce && balance === before.balance && !hasNewCode
    if (isSame && (storage === undefined || !storage.isChanged)) return undefined
    const now = {
      balance: balance === before.balance ? undefined : balance,
      code: !hasNewCode || this.#config.disableCode || isSameCode(code, before.code) ? undefined : code,
      codeHash: hasNewCode ? hash : undefined,
      nonce: nonce === before.nonce ? 0n : nonce,
      storage: storage?.post ?? new Map(),
      isEmpty: false,
    }
    return accountJson(now)
  }

  /** Takes slots that have not changed, or were empty, out of `before`. */
  #changedSlots(
    address: Uint8Array,
    before: Map<string, Uint8Array>,
  ): { isChanged: boolean; post: Map<string, Uint8Array> } {
    const post = new Map<string, Uint8Array>()
    let isChanged = false
    for (const [key, value] of before) {
      const now = this.#state.storage(address, hexToBytes(key))
      if (isAllZero(value)) before.delete(key)
      if (equalBytes(value, now)) before.delete(key)
      else {
        isChanged = true
        if (!isAllZero(now)) post.set(key, now)
      }
    }
    return { isChanged, post }
  }

  #grow(characters: number): void {
    this.#size += characters
    this.#checkSize(this.#size)
  }
}

/** About what an account's and a slot's JSON has, byte strings of its own length aside. */
const ACCOUNT_CHARACTERS = 200
const SLOT_CHARACTERS = 138
/** geth's code hash of an account that does not exist. */
const NO_HASH = new Uint8Array(32)

function isSameCode(code: Uint8Array, before: Uint8Array | undefined): boolean {
  return equalBytes(code, before ?? new Uint8Array(0))
}

function accountJson({ balance, code, codeHash, nonce, storage }: TouchedAccount): object {
  return {
    balance: balance === undefined ? undefined : quantity(balance),
    code: code && bytesToHex(code),
    codeHash: codeHash && bytesToHex(codeHash),
    nonce: nonce === 0n ? undefined : Number(nonce),
    storage: storage.size === 0 ? undefined : sorted(storage, bytesToHex),
  }
}

function sorted<T, J>(map: ReadonlyMap<string, T>, json: (value: T) => J): Record<string, J> {
  return Object.fromEntries(
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, json(value)]),
  )
}
