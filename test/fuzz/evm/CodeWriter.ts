import { OPCODES } from '../../../src/evm/index.ts'
import type { Prng } from '../../../src/lib/index.ts'
import { type Item, OP, op, push } from './items.ts'

/** An internal function: where it starts and what it takes and gives, the return address not counted. */
export type InternalFunction = { label: number; takes: number; gives: number }

/** What the programs of one case know of each other. */
export type Surroundings = {
  /** Addresses worth calling: contracts of the case, accounts, precompiles. */
  addresses: readonly bigint[]
  /** Whether to leave out what costs milliseconds. */
  cheap: boolean
  /** Whether the height of the stack is a function of the place: no loops that pile up words. */
  tame: boolean
}

const DUP1 = 0x80
const SWAP1 = 0x90

/**
 * Collects the items of a code and follows how many words it has put on the stack. `floor` words at the bottom are not
 * to be taken: return addresses, counters.
 */
export class CodeWriter {
  readonly random: Prng
  readonly around: Surroundings
  readonly items: Item[] = []
  readonly functions: InternalFunction[] = []
  /** Each function calls the next ones several times: too much for a compiler to put in line. */
  layered = false
  height = 0
  floor = 0
  /** How many items may still be written: loops over it end the program in time. */
  budget: number
  /** Loops and branches around the place that is written. */
  nesting = 0
  #labels = 0

  constructor(random: Prng, around: Surroundings, budget: number) {
    this.random = random
    this.around = around
    this.budget = budget
  }

  /** Words that may be taken from the stack here. */
  get free(): number {
    return this.height - this.floor
  }

  /** Instructions by name, whatever they find on the stack. */
  op(...names: string[]): this {
    for (const name of names) {
      const { stackIn, stackOut } = OPCODES[OP.get(name) ?? 0]!
      this.#write(op(name))
      this.height = Math.max(this.height - stackIn, 0) + stackOut
    }
    return this
  }

  push(value: bigint | number, width?: number): this {
    this.#write(push(BigInt(value), width))
    this.height++
    return this
  }

  /** DUPn; n counts from 1 at the top. */
  dup(n: number): this {
    this.#write({ kind: 'op', code: DUP1 + n - 1, data: new Uint8Array(0) })
    this.height++
    return this
  }

  /** SWAPn: exchanges the top with the n-th word below it. */
  swap(n: number): this {
    this.#write({ kind: 'op', code: SWAP1 + n - 1, data: new Uint8Array(0) })
    return this
  }

  /** A name for a place; {@link mark} sets it. */
  newLabel(): number {
    return this.#labels++
  }

  mark(label: number, jumpdest = true): this {
    this.#write({ kind: 'label', label, jumpdest })
    return this
  }

  /** JUMPDEST here, with its name. */
  markHere(): number {
    const label = this.newLabel()
    this.mark(label)
    return label
  }

  pushLabel(label: number, shift = 0): this {
    const width = this.random.nextInt(8) === 0 ? this.random.pick([3, 4, 8, 32]) : 2
    this.#write({ kind: 'pushLabel', label, shift, width })
    this.height++
    return this
  }

  jump(label: number): this {
    return this.pushLabel(label).op('JUMP')
  }

  /** Takes the condition from the stack. */
  jumpIf(label: number): this {
    return this.pushLabel(label).op('JUMPI')
  }

  /** PUSH2 of the size of a nested code. */
  pushSize(label: number): this {
    this.#write({ kind: 'pushSize', label })
    this.height++
    return this
  }

  /** Bytes of another code, here, where nothing runs into them. */
  nest(label: number, items: readonly Item[]): this {
    this.#write({ kind: 'code', label, items })
    this.budget -= items.length
    return this
  }

  raw(code: number, data: Uint8Array = new Uint8Array(0)): this {
    this.#write({ kind: 'op', code, data })
    return this
  }

  #write(item: Item): void {
    this.items.push(item)
    this.budget--
  }
}
