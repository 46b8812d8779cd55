import type { BaseAccount, StateBase } from '../../execution/index.ts'
import { assert, fromBigInt, toBigInt } from '../../lib/index.ts'

/** Of the shared memory; a code that is longer can't be handed over. */
const BRIDGE_BYTES = 1 << 20
const HEAD_BYTES = 16
/** Of a reason for a failure. */
const MESSAGE_CHARACTERS = 4096
/** Cells of the head: what has become of the request, how long the answer is, and whether no more are given. */
const STATUS = 0
const LENGTH = 1
const ENDED = 2
const WAITING = 0
const ANSWERED = 1
const MISSING = 2
const GONE = 3
const FAILED = 4
const ABSENT = 5
/** nonce 8 · balance 32 · code hash 32 · whether it has storage: 0 no, 1 yes, 2 not said. */
const ACCOUNT_BYTES = 73

/** What is asked of the thread that has the state. */
export type StateRequest =
  | { kind: 'account'; address: Uint8Array }
  | { kind: 'slot'; address: Uint8Array; key: Uint8Array }
  | { kind: 'code'; codeHash: Uint8Array }
  | { kind: 'blockHash'; number: bigint }

/** Memory for one request at a time, and its answer. */
export function bridgeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + BRIDGE_BYTES)
}

/** How long a read may sleep: as `checkTime` says, which throws before one that would be too late, and each up to a limit. */
export type BridgeWait = { checkTime?: () => void; limitMs?: number }

/**
 * A state that another thread has, read synchronously: the request goes to it as a message, and this thread sleeps until the
 * answer lies in shared memory.
 */
export class BridgedState implements StateBase {
  readonly #cells: Int32Array
  readonly #bytes: Uint8Array
  readonly #post: (request: StateRequest) => void
  readonly #wait: BridgeWait

  constructor(memory: SharedArrayBuffer, post: (request: StateRequest) => void, wait: BridgeWait = {}) {
    this.#cells = new Int32Array(memory, 0, HEAD_BYTES / 4)
    this.#bytes = new Uint8Array(memory, HEAD_BYTES)
    this.#post = post
    this.#wait = wait
  }

  account(address: Uint8Array): BaseAccount | undefined {
    const answer = this.#ask({ kind: 'account', address })
    return answer && accountOfBytes(answer)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#ask({ kind: 'slot', address, key })!
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#ask({ kind: 'code', codeHash })!
  }

  blockHash(number: bigint): Uint8Array | undefined {
    return this.#ask({ kind: 'blockHash', number })
  }

  #ask(request: StateRequest): Uint8Array | undefined {
    this.#wait.checkTime?.()
    Atomics.store(this.#cells, STATUS, WAITING)
    // Looked at only now: whoever ends it afterwards sees that this thread waits.
    const hasEnded = Atomics.load(this.#cells, ENDED) === 1
    if (!hasEnded) this.#post(request)
    const status = hasEnded ? FAILED : this.#sleep(request)
    if (status === GONE) throw new BridgedStateGoneError()
    if (status === ABSENT) throw new BridgedStateAbsentError(request)
    const answer = this.#bytes.slice(0, this.#cells[LENGTH])
    if (status === FAILED) throw new BridgedStateFailedError(new TextDecoder().decode(answer))
    return status === MISSING ? undefined : answer
  }

  /** Until there is an answer. */
  #sleep(request: StateRequest): number {
    const { limitMs = Number.POSITIVE_INFINITY } = this.#wait
    const endMs = performance.now() + limitMs
    for (;;) {
      const status = Atomics.load(this.#cells, STATUS)
      if (status !== WAITING) return status
      const leftMs = endMs - performance.now()
      if (leftMs <= 0) throw new BridgedStateLateError(request)
      // The wake-up for the answer before may come only now, where this thread saw that answer without sleeping.
      Atomics.wait(this.#cells, STATUS, WAITING, leftMs)
    }
  }
}

/** The other end of the bridge: writes answers, and wakes who waits for them. */
export class StateAnswers {
  readonly #cells: Int32Array
  readonly #bytes: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory, 0, HEAD_BYTES / 4)
    this.#bytes = new Uint8Array(memory, HEAD_BYTES)
  }

  /** @throws what the state throws: then the other thread still waits, and is to be told something else. */
  answer(request: StateRequest, state: AnsweringState): void {
    const answer = answerOf(request, state)
    assert(answer === undefined || answer.length <= BRIDGE_BYTES, 'an answer fits the bridge')
    if (answer === undefined) this.#finish(MISSING)
    else this.#finish(ANSWERED, answer)
  }

  /** What is asked for can't be read now; the other thread gets the reason. */
  fail(message: string): void {
    this.#finish(FAILED, new TextEncoder().encode(message.slice(0, MESSAGE_CHARACTERS)))
  }

  /** Nothing is answered any more: who waits, and who asks from now on, gets the reason. */
  end(message: string): void {
    Atomics.store(this.#cells, ENDED, 1)
    this.fail(message)
  }

  /** The state is not kept any longer. */
  tellGone(): void {
    this.#finish(GONE)
  }

  /** What is asked for is not at hand. */
  tellAbsent(): void {
    this.#finish(ABSENT)
  }

  #finish(status: number, bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#bytes.set(bytes)
    this.#cells[LENGTH] = bytes?.length ?? 0
    Atomics.store(this.#cells, STATUS, status)
    Atomics.notify(this.#cells, STATUS)
  }
}

export type AnsweringState = StateBase & { blockHash(number: bigint): Uint8Array | undefined }

function answerOf(request: StateRequest, state: AnsweringState): Uint8Array | undefined {
  switch (request.kind) {
    case 'account': {
      const account = state.account(request.address)
      return account && accountBytes(account)
    }
    case 'slot':
      return state.slot(request.address, request.key)
    case 'code':
      return state.code(request.codeHash)
    case 'blockHash':
      return state.blockHash(request.number)
  }
}

/** As it crosses the bridge. */
export function accountBytes({ nonce, balance, codeHash, hasStorage }: BaseAccount): Uint8Array {
  const bytes = new Uint8Array(ACCOUNT_BYTES)
  bytes.set(fromBigInt(nonce, 8), 0)
  bytes.set(fromBigInt(balance, 32), 8)
  bytes.set(codeHash, 40)
  bytes[72] = hasStorage === undefined ? 2 : hasStorage ? 1 : 0
  return bytes
}

/** Inverse of {@link accountBytes}. */
export function accountOfBytes(bytes: Uint8Array): BaseAccount {
  const account = {
    nonce: toBigInt(bytes.subarray(0, 8)),
    balance: toBigInt(bytes.subarray(8, 40)),
    codeHash: bytes.slice(40, 72),
  }
  return bytes[72] === 2 ? account : { ...account, hasStorage: bytes[72] === 1 }
}

/** The thread that has the state can't read it now. */
export class BridgedStateFailedError extends Error {
  override readonly name = 'BridgedStateFailedError'
}

/** The thread that has the state would have to wait for it. */
export class BridgedStateAbsentError extends Error {
  override readonly name = 'BridgedStateAbsentError'
  readonly request: StateRequest

  constructor(request: StateRequest) {
    super(`The state is not at hand: ${request.kind}.`)
    this.request = request
  }
}

/** No answer has come in time. It may still be written: the bridge can't be used any more. */
export class BridgedStateLateError extends Error {
  override readonly name = 'BridgedStateLateError'
  readonly request: StateRequest

  constructor(request: StateRequest) {
    super(`The state has not come in time: ${request.kind}.`)
    this.request = request
  }
}

/** The state that a thread reads went out of the window. */
export class BridgedStateGoneError extends Error {
  override readonly name = 'BridgedStateGoneError'
}
