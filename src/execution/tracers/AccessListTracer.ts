import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import type { AccessListEntry, Fork } from '../../protocol/index.ts'
import type { CallRequest } from '../CallRequest.ts'
import { isPrecompile } from './isPrecompile.ts'
import { ACCOUNT_ON_TOP, CALLS, SLOT_ACCESSES } from './opcodes.ts'
import type { Step } from './Step.ts'
import type { TraceContext, TracedMessage, Tracer } from './Tracer.ts'

/** Words that geth wants on the stack of a call. */
const CALL_WORDS = 5

/**
 * The accounts and slots that a message uses, also where it fails (go-ethereum, eth/tracers/logger/access_list_tracer.go).
 */
export class AccessListTracer implements Tracer {
  readonly opcodes: readonly number[] = [...SLOT_ACCESSES, ...ACCOUNT_ON_TOP, ...CALLS]
  /** Keys of slots by address; in hex. */
  readonly #used: Map<string, Set<string>>
  #message: TracedMessage | undefined
  #fork: Fork = 'Osaka'

  /** @param used - the list that the message carries: it stays on it. */
  constructor(used: CallRequest['accessList']) {
    this.#used = new Map(
      used.map(({ address, storageKeys }) => [bytesToHex(address), new Set(storageKeys.map(bytesToHex))]),
    )
  }

  begin({ message, env }: TraceContext): void {
    this.#message = message
    this.#fork = env.fork
  }

  step(step: Step): void {
    const { opcode, stackLength } = step
    if (SLOT_ACCESSES.has(opcode)) {
      if (stackLength >= 1) this.#keysOf(step.address).add(bytesToHex(step.wordBytes(0)))
    } else if (ACCOUNT_ON_TOP.has(opcode)) {
      if (stackLength >= 1) this.#keysOf(step.addressWord(0))
    } else if (stackLength >= CALL_WORDS) this.#keysOf(step.addressWord(1))
  }

  /**
   * Ordered by address and key. Without accounts that are warm anyway (the sender, the callee, precompiles, authorities), as
   * far as none of their slots is used.
   *
   * @param created - the contract that the message creates.
   */
  accessList(created: Uint8Array | undefined): AccessListEntry[] {
    const { sender, to, authorities } = this.#message!
    const warm = new Set([sender, to, created, ...authorities].map((each) => each && bytesToHex(each)))
    return [...this.#used]
      .map(([address, keys]) => ({ address, keys: [...keys].sort() }))
      .filter(({ address, keys }) => keys.length > 0 || !this.#isWarm(address, warm))
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ address, keys }) => ({ address: hexToBytes(address), storageKeys: keys.map(hexToBytes) }))
  }

  result(): string {
    return JSON.stringify(
      this.accessList(undefined).map(({ address, storageKeys }) => ({
        address: bytesToHex(address),
        storageKeys: storageKeys.map(bytesToHex),
      })),
    )
  }

  #isWarm(address: string, warm: ReadonlySet<string | undefined>): boolean {
    return warm.has(address) || isPrecompile(hexToBytes(address), this.#fork)
  }

  #keysOf(address: Uint8Array): Set<string> {
    const name = bytesToHex(address)
    let keys = this.#used.get(name)
    if (keys === undefined) {
      keys = new Set()
      this.#used.set(name, keys)
    }
    return keys
  }
}
