import { keccak256 } from '../../kernels/index.ts'
import { concatBytes } from '../../lib/index.ts'
import { type AnsweringState, accountBytes, accountOfBytes, type StateRequest } from '../bridging/index.ts'
import type { ForkTables } from './ForkTables.ts'

/** Of an answer that is kept. */
const ANSWER_CHARACTERS: number = 1024 * 1024

const NO_ACCOUNT = Uint8Array.of(0)
const TAG = { account: 1, slot: 2, code: 3, blockHash: 4 } as const

/**
 * What was read of a fork's remote: accounts, slots and codes after the fork's block, hashes of blocks before it,
 * and answers to whole requests. All of it stays as it is for ever, so it is never deleted.
 */
export class ForkCache {
  readonly #tables: ForkTables

  constructor(tables: ForkTables) {
    this.#tables = tables
  }

  has(request: StateRequest): boolean {
    return this.#tables.state.get(keyOf(request)) !== undefined
  }

  /** @param value - undefined: there is no such account. */
  putAccount(address: Uint8Array, value: Parameters<typeof accountBytes>[0] | undefined): void {
    const bytes = value === undefined ? NO_ACCOUNT : accountBytes(value)
    this.#tables.state.putSync(keyOf({ kind: 'account', address }), bytes)
  }

  putSlot(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    this.#tables.state.putSync(keyOf({ kind: 'slot', address, key }), value)
  }

  putCode(codeHash: Uint8Array, code: Uint8Array): void {
    this.#tables.state.putSync(keyOf({ kind: 'code', codeHash }), code)
  }

  putBlockHash(number: bigint, hash: Uint8Array): void {
    this.#tables.state.putSync(keyOf({ kind: 'blockHash', number }), hash)
  }

  /** What is there; who asks for anything else gets an error. */
  readonly state: AnsweringState = {
    account: (address) => {
      const bytes = this.#read({ kind: 'account', address })
      return bytes.length === NO_ACCOUNT.length ? undefined : accountOfBytes(bytes)
    },
    slot: (address, key) => this.#read({ kind: 'slot', address, key }),
    code: (codeHash) => this.#read({ kind: 'code', codeHash }),
    blockHash: (number) => this.#read({ kind: 'blockHash', number }),
  }

  answer(method: string, params: unknown): string | undefined {
    return this.#tables.answers.get(answerKey(method, params))
  }

  putAnswer(method: string, params: unknown, answer: string): void {
    if (answer.length > ANSWER_CHARACTERS || !this.#tables.hasRoom) return
    this.#tables.answers.putSync(answerKey(method, params), answer)
  }

  async close(): Promise<void> {
    await this.#tables.close()
  }

  #read(request: StateRequest): Uint8Array {
    const bytes = this.#tables.state.get(keyOf(request))
    if (bytes === undefined)
      throw new RangeError(`the fork's cache lacks what was just put there: ${request.kind}`)
    return new Uint8Array(bytes)
  }
}

function keyOf(request: StateRequest): Uint8Array {
  return concatBytes(Uint8Array.of(TAG[request.kind]), ...partsOf(request))
}

function partsOf(request: StateRequest): Uint8Array[] {
  switch (request.kind) {
    case 'account':
      return [request.address]
    case 'slot':
      return [request.address, request.key]
    case 'code':
      return [request.codeHash]
    case 'blockHash':
      return [Buffer.from(request.number.toString(16))]
  }
}

function answerKey(method: string, params: unknown): Uint8Array {
  return keccak256(Buffer.from(JSON.stringify([method, params ?? []])))
}
