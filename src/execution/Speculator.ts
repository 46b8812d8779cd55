import {
  type CompiledModule,
  ENVIRONMENT_BYTES,
  openBaseReader,
  type SharedBase,
  SPECULATION,
} from '../kernels/index.ts'
import { type Fork, PREPARED, preparedBytesAt } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import type { EvmTier } from './Tiers.ts'

export type SpeculatorOptions = {
  /** The engine that this one works for. */
  base: SharedBase
  /** Its number among that engine's speculators, from 0 on. */
  index: number
  evm: EvmTier
  /** For tests: whose state it reads in place of that engine's. */
  state?: SharedBase
}

/** Of its own engine: what one transaction within EIP-7825's gas cap takes, and tables for some thousands. */
const MEMORY_MIB = 320
const EVM_MEMORY_MIB = 128

/** How long it looks for the next batch before it sleeps: waking a thread takes some 50 µs, and a sequencer has the next within that time. */
const SPIN_MS = 0.2

/**
 * Executes transactions of an engine's open batch ahead of it, on another thread: on the state as it is at the moment, in
 * an engine of its own. What comes out of it is handed over with all that it depends on; the engine commits it where that
 * still holds (kernels/assembly/speculation.ts).
 */
export class Speculator {
  readonly #engine: Engine
  readonly #base: SharedBase
  readonly #reader: WebAssembly.Exports
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** The speculation region's first cells. */
  readonly #cells: Int32Array
  /** Numbers of the transactions whose speculations lie in the rooms; each is free when the engine is past its own. */
  readonly #rooms = new Int32Array(SPECULATION.rooms).fill(-1)
  #room = 0
  #generation = 0
  /** Of the batch: the transaction with this number stands at this address. */
  #number = 0
  #at = 0

  constructor({ base, index, evm, state = base }: SpeculatorOptions) {
    this.#base = base
    this.#reader = openBaseReader(base, index)
    this.#bytes = new Uint8Array(base.memory.buffer)
    this.#view = new DataView(base.memory.buffer)
    this.#cells = new Int32Array(base.memory.buffer, base.region, SPECULATION.position / 4 + 1)
    this.#engine = new Engine({
      memoryMiB: MEMORY_MIB,
      evmMemoryMiB: EVM_MEMORY_MIB,
      evm,
      sharing: { speculators: 0, base: state === base ? this.#reader : openBaseReader(state, index) },
      // Modules come from the engine that it works for.
      onHot: () => true,
    })
  }

  /** From now on the code with this hash runs compiled, wherever it comes from. */
  offer(codeHash: Uint8Array, fork: Fork, compiled: CompiledModule): void {
    this.#engine.offer(codeHash, fork, compiled)
  }

  /** Works on the open batch as long as it has transactions that nobody has claimed. */
  work(): void {
    const generation: number = this.#reader.generation()
    if ((generation & 1) === 0) return
    if (generation !== this.#generation) this.#enter(generation)
    while (this.#hasRoom()) {
      const first: number = this.#reader.claimGroup()
      if (first === 0) return
      this.#engine.kernel.exports.beginGroup()
      for (let i = 0; i < SPECULATION.group && !this.#isReached(first); i++)
        if (!this.#workOn((first + i) | 0)) return
    }
  }

  /** Sleeps until there may be work, at most `timeoutMs`. */
  wait(timeoutMs: number): void {
    const generation = Atomics.load(this.#cells, SPECULATION.generation / 4)
    if ((generation & 1) === 1 && generation !== this.#generation) return
    const endMs = performance.now() + SPIN_MS
    while (performance.now() < endMs) {
      if (Atomics.load(this.#cells, SPECULATION.generation / 4) !== generation) return
    }
    Atomics.add(this.#cells, SPECULATION.sleepers / 4, 1)
    Atomics.wait(this.#cells, SPECULATION.generation / 4, generation, timeoutMs)
    Atomics.sub(this.#cells, SPECULATION.sleepers / 4, 1)
  }

  /** A batch has been opened since the last. */
  #enter(generation: number): void {
    const { cells } = this.#base
    this.#engine.enterBlockOf(this.#bytes.subarray(cells, cells + ENVIRONMENT_BYTES))
    this.#number = this.#reader.firstNumber()
    this.#at = this.#reader.entriesStart() >>> 0
    this.#generation = generation
  }

  /** Waits until its oldest speculation is read; false: the batch is over. */
  #hasRoom(): boolean {
    const group = SPECULATION.group
    const last = this.#rooms[(this.#room + group - 1) % SPECULATION.rooms]!
    while (((this.#reader.position() - last) | 0) <= 0) {
      if (this.#reader.generation() !== this.#generation) return false
    }
    return true
  }

  /**
   * The engine has come to this transaction. It would wait for each of the group that is begun now: it does the rest
   * itself, while this one goes on farther ahead.
   */
  #isReached(first: number): boolean {
    return ((this.#reader.position() - first) | 0) >= 0
  }

  /** False: the batch is over, or has no transaction with this number. */
  #workOn(number: number): boolean {
    const entry = this.#entryOf(number)
    if (entry === undefined) return false
    const { kernel } = this.#engine
    if (!this.#reader.claim(number)) {
      // What the engine does itself, this overlay does not know of.
      kernel.exports.beginGroup()
      return true
    }
    const { at, length } = entry
    if (length > kernel.inputLimit) return this.#giveUp(number)
    kernel.bytes.set(this.#bytes.subarray(at, at + length), kernel.input)
    // Only now is it certain that these were the bytes of this transaction, and the environment that of its block.
    if (this.#reader.generation() !== this.#generation) {
      this.#reader.giveUp(number)
      return false
    }
    const made = this.#speculate()
    if (made === 0) return this.#giveUp(number)
    const from = kernel.exports.speculationAddress() >>> 0
    const room: number = this.#reader.roomAt(this.#room)
    this.#bytes.set(kernel.bytes.subarray(from, from + made), room >>> 0)
    this.#rooms[this.#room] = number
    this.#room = (this.#room + 1) % SPECULATION.rooms
    this.#reader.publish(number, room)
    return true
  }

  #giveUp(number: number): true {
    this.#reader.giveUp(number)
    return true
  }

  /** Length of the speculation on the transaction in the input; 0: there is none. */
  #speculate(): number {
    const { kernel } = this.#engine
    try {
      const length: number = kernel.exports.speculate(kernel.input)
      this.#engine.adoptCodes()
      return length
    } catch {
      // A limit of this small engine, or nonsense that was read while it was being written: the engine finds out.
      this.#engine.reset()
      kernel.exports.emptyOverlay()
      return 0
    }
  }

  /** Where the entry of the transaction with a number stands; undefined behind the last. */
  #entryOf(number: number): { at: number; length: number } | undefined {
    const end: number = this.#reader.entriesEnd() >>> 0
    for (; ; this.#number = (this.#number + 1) | 0) {
      const room = end - this.#at
      if (room < PREPARED.authorities) return undefined
      const length = preparedBytesAt(this.#view, this.#at)
      if (length > room) return undefined
      if (this.#number === (number | 0)) return { at: this.#at, length }
      this.#at += length
    }
  }
}
