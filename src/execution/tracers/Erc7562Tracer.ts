import { OPCODES } from '../../evm/index.ts'
import { EVERY_OPCODE } from '../../kernels/index.ts'
import { bytesToHex, quantity } from '../../lib/index.ts'
import { type CallFrame, CallTracer, headJson, logsJson } from './CallTracer.ts'
import { CALLS, SLOAD, SSTORE } from './opcodes.ts'
import type { StateProbe } from './StateProbe.ts'
import type { Step } from './Step.ts'
import { sortedMembers } from './sortedMembers.ts'
import type { FrameEnd, FrameStart, TraceContext, TracedLog, TracedOutcome, Tracer } from './Tracer.ts'

export type Erc7562TracerConfig = {
  withLog: boolean
  /** Opcodes that are not counted. */
  ignored: ReadonlySet<number>
}

const ISZERO = 0x15
const KECCAK256 = 0x20
const EXTCODESIZE = 0x3b
const GAS = 0x5a
const TLOAD = 0x5c
const TSTORE = 0x5d
const RETURN = 0xf3
const REVERT = 0xfd
/** EXTCODESIZE, EXTCODECOPY, EXTCODEHASH. */
const CODE_READS: ReadonlySet<number> = new Set([EXTCODESIZE, 0x3c, 0x3f])
/** From first to last: ADD to DIV, LT to EQ, ISZERO to OR, NOT, SHL and SHR, POP, PUSH0 to SWAP16. */
const PLAIN_RANGES: readonly (readonly [number, number])[] = [
  [0x01, 0x04],
  [0x10, 0x14],
  [ISZERO, 0x17],
  [0x19, 0x19],
  [0x1b, 0x1c],
  [0x50, 0x50],
  [0x5f, 0x9f],
]
/** What only computes and moves words: it is not counted unless it is said otherwise. */
export const PLAIN_OPCODES: ReadonlySet<number> = new Set(
  EVERY_OPCODE.filter((opcode) => PLAIN_RANGES.some(([first, last]) => first <= opcode && opcode <= last)),
)
/** Of what is hashed, so much may lie behind the memory that there is yet. */
const MAX_PADDING = 1024n * 1024n
/** About what the JSON of a slot, an account or a counted opcode takes. */
const ENTRY_CHARACTERS = 140

/** What a frame's own instructions have done, by key, address or opcode in hex. */
type FrameFacts = {
  /** Values before the first write. */
  reads: Map<string, string[]>
  writes: Map<string, number>
  transientReads: Map<string, number>
  transientWrites: Map<string, number>
  /** Accounts whose code was looked at, but for the question whether there is any. */
  codeReads: string[]
  opcodes: Map<string, number>
  /** Of accounts that were called or whose code was looked at, and by which opcode first. */
  contractSizes: Map<string, { contractSize: number; opcode: number }>
  outOfGas: boolean
}

/** What each access of a slot adds to. */
const SLOT_FACTS: ReadonlyMap<number, 'reads' | 'writes' | 'transientReads' | 'transientWrites'> = new Map([
  [SLOAD, 'reads'],
  [SSTORE, 'writes'],
  [TLOAD, 'transientReads'],
  [TSTORE, 'transientWrites'],
])
const OUT_OF_GAS: ReadonlySet<string | undefined> = new Set([
  'out of gas',
  'contract creation code storage out of gas',
])

/**
 * The tree of calls with what the rules for the validation of ERC-4337's operations ask of each (go-ethereum,
 * eth/tracers/native/erc7562.go; ERC-7562).
 */
export class Erc7562Tracer implements Tracer {
  readonly opcodes: readonly number[] = EVERY_OPCODE
  readonly #calls: CallTracer
  readonly #ignored: ReadonlySet<number>
  readonly #checkSize: (characters: number) => void
  readonly #facts = new Map<CallFrame, FrameFacts>()
  readonly #preimages = new Set<string>()
  #state: StateProbe | undefined
  /** The instruction before, of whichever frame, and the account whose code it has looked at. */
  #last: { opcode: number; account: string | undefined } | undefined
  #callCharacters = 0
  #size = 0

  /** @param logsBefore - logs of the block before this transaction. */
  constructor(
    { withLog, ignored }: Erc7562TracerConfig,
    logsBefore: number,
    checkSize: (characters: number) => void,
  ) {
    this.#ignored = ignored
    this.#checkSize = checkSize
    this.#calls = new CallTracer({ onlyTopCall: false, withLog }, logsBefore, (characters) => {
      this.#callCharacters = characters
      this.#grow(0)
    })
  }

  begin(context: TraceContext): void {
    this.#state = context.state
    this.#calls.begin(context)
  }

  enter(frame: FrameStart, depth: number): void {
    this.#calls.enter(frame, depth)
    this.#facts.set(this.#calls.current, noFacts())
    this.#grow(ENTRY_CHARACTERS)
  }

  exit(end: FrameEnd, depth: number): void {
    const facts = this.#facts.get(this.#calls.current)!
    // go-ethereum leaves it out of the message's own frame.
    facts.outOfGas = depth > 0 && OUT_OF_GAS.has(end.error)
    this.#calls.exit(end, depth)
  }

  log(log: TracedLog): void {
    this.#calls.log(log)
  }

  step(step: Step): void {
    const { opcode } = step
    const facts = this.#facts.get(this.#calls.current)!
    const last = opcode === RETURN || opcode === REVERT ? undefined : this.#last
    if (last?.account !== undefined && !(last.opcode === EXTCODESIZE && opcode === ISZERO)) {
      facts.codeReads.push(last.account)
      this.#grow(ENTRY_CHARACTERS)
    }
    if (last?.opcode === GAS && !CALLS.has(opcode)) this.#count(facts.opcodes, quantity(GAS))
    if (opcode !== GAS && !this.#ignored.has(opcode)) this.#count(facts.opcodes, quantity(opcode))
    this.#noteContract(step, facts)
    this.#noteSlot(step, facts)
    if (opcode === KECCAK256) this.#notePreimage(step)
    const account = CODE_READS.has(opcode) ? accountAt(step, 0) : undefined
    this.#last = { opcode, account }
  }

  end(outcome: TracedOutcome): void {
    this.#calls.end(outcome)
  }

  result(): string {
    return JSON.stringify(this.#frameJson(this.#calls.root))
  }

  #noteContract(step: Step, { contractSizes }: FrameFacts): void {
    const { opcode } = step
    const place = CODE_READS.has(opcode) ? 0 : CALLS.has(opcode) ? 1 : undefined
    const account = place === undefined ? undefined : accountAt(step, place)
    if (account === undefined || contractSizes.has(account)) return
    const contractSize = this.#state!.code(step.addressWord(place!)).length
    contractSizes.set(account, { contractSize, opcode })
    this.#grow(ENTRY_CHARACTERS)
  }

  #noteSlot(step: Step, facts: FrameFacts): void {
    const name = SLOT_FACTS.get(step.opcode)
    if (name === undefined || step.stackLength === 0) return
    const key = step.wordBytes(0)
    const slot = bytesToHex(key)
    if (name !== 'reads') this.#count(facts[name], slot)
    else if (!facts.reads.has(slot) && !facts.writes.has(slot)) {
      facts.reads.set(slot, [bytesToHex(this.#state!.storage(step.address, key))])
      this.#grow(ENTRY_CHARACTERS)
    }
  }

  /** As the instruction will have it: what lies behind the memory is zero. */
  #notePreimage(step: Step): void {
    if (step.stackLength < 2) return
    const { memory } = step
    const offset = step.word(0)
    const length = step.word(1)
    if (offset + length > BigInt(memory.length) + MAX_PADDING) return
    const preimage = new Uint8Array(Number(length))
    preimage.set(memory.subarray(Number(offset), Number(offset + length)))
    const text = bytesToHex(preimage)
    if (this.#preimages.has(text)) return
    this.#preimages.add(text)
    this.#grow(text.length)
  }

  #count(counts: Map<string, number>, name: string): void {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    if (count === 0) this.#grow(ENTRY_CHARACTERS)
  }

  #grow(characters: number): void {
    this.#size += characters
    this.#checkSize(this.#size + this.#callCharacters)
  }

  #frameJson(frame: CallFrame): object {
    const facts = this.#facts.get(frame)!
    const { reads, writes, transientReads, transientWrites } = facts
    const isRoot = frame === this.#calls.root
    return {
      ...headJson(frame),
      logs: logsJson(frame),
      value: frame.value === undefined ? undefined : quantity(frame.value),
      accessedSlots: {
        ...{ reads: sortedMembers(reads), writes: sortedMembers(writes) },
        transientReads: sortedMembers(transientReads),
        transientWrites: sortedMembers(transientWrites),
      },
      extCodeAccessInfo: facts.codeReads,
      usedOpcodes: sortedMembers(facts.opcodes),
      contractSize: sortedMembers(facts.contractSizes),
      outOfGas: facts.outOfGas,
      keccak: isRoot && this.#preimages.size > 0 ? [...this.#preimages].sort() : undefined,
      calls: frame.calls.length === 0 ? undefined : frame.calls.map((call) => this.#frameJson(call)),
      type: OPCODES[frame.kind]!.name,
    }
  }
}

function noFacts(): FrameFacts {
  return {
    ...{ reads: new Map(), writes: new Map(), transientReads: new Map(), transientWrites: new Map() },
    ...{ codeReads: [], opcodes: new Map(), contractSizes: new Map(), outOfGas: false },
  }
}

/** The account in a word on the stack, in hex; undefined where there is no such word. */
function accountAt(step: Step, index: number): string | undefined {
  return step.stackLength > index ? bytesToHex(step.addressWord(index)) : undefined
}
