import { opcodeName } from '../../evm/index.ts'
import { EVERY_OPCODE } from '../../kernels/index.ts'
import { bytesToHex, EMPTY_BYTES } from '../../lib/index.ts'
import { EXECUTION_REVERTED } from './frameError.ts'
import { SLOAD, SSTORE } from './opcodes.ts'
import type { StateProbe } from './StateProbe.ts'
import type { Step } from './Step.ts'
import type { FrameEnd, TraceContext, TracedOutcome, Tracer } from './Tracer.ts'

export type StructLoggerConfig = {
  enableMemory: boolean
  disableStack: boolean
  disableStorage: boolean
  enableReturnData: boolean
  /** Characters of steps after which no more are kept; 0 for no limit. */
  limit: number
}

const PREVRANDAO = 0x44

/** What geth calls an instruction: 0x44 still has its name of before the merge. */
export function gethOpcodeName(opcode: number): string {
  return opcode === PREVRANDAO ? 'DIFFICULTY' : opcodeName(opcode)
}

/** Every instruction with stack, memory and storage (go-ethereum, eth/tracers/logger): the tracer without a name. */
export class StructLogger implements Tracer {
  readonly opcodes: readonly number[] = EVERY_OPCODE
  readonly #config: StructLoggerConfig
  /** Throws when the result would be too large. */
  readonly #checkSize: (characters: number) => void
  readonly #logs: string[] = []
  /** By contract, then by slot: values as they were read and written, in the order of slots. */
  readonly #storage = new Map<string, Map<string, string>>()
  #state: StateProbe | undefined
  #size = 0
  #returnData: Uint8Array = EMPTY_BYTES
  /** What is known of the latest step: the members before its cost, and those behind it. */
  #head = ''
  #depth = 0
  #tail = ''
  #refund = 0n
  #end: FrameEnd = { output: EMPTY_BYTES, gasUsed: 0n, error: undefined }
  #gasUsed = 0n

  constructor(config: StructLoggerConfig, checkSize: (characters: number) => void) {
    this.#config = config
    this.#checkSize = checkSize
  }

  begin({ state }: TraceContext): void {
    this.#state = state
  }

  step(step: Step): void {
    if (this.#isFull) return
    this.#head = `{"pc":${step.pc},"op":"${gethOpcodeName(step.opcode)}","gas":${step.gas}`
    this.#depth = step.depth
    this.#refund = step.refund
    this.#tail = this.#stackOf(step) + this.#returnDataOf(step) + this.#memoryOf(step) + this.#storageOf(step)
  }

  stepped(gasCost: bigint, error: string | undefined): void {
    if (this.#isFull) return
    const failure = error === undefined ? '' : `,"error":${JSON.stringify(error)}`
    const refund = this.#refund === 0n ? '' : `,"refund":${this.#refund}`
    const log = `${this.#head},"gasCost":${gasCost},"depth":${this.#depth}${failure}${this.#tail}${refund}}`
    this.#size += log.length
    this.#checkSize(this.#size)
    this.#logs.push(log)
  }

  exit(end: FrameEnd, depth: number): void {
    this.#returnData = end.output
    if (depth === 0) this.#end = end
  }

  end({ gasUsed }: TracedOutcome): void {
    this.#gasUsed = gasUsed
  }

  result(): string {
    const { output, error } = this.#end
    const isKept = error === undefined || error === EXECUTION_REVERTED
    const returnValue = bytesToHex(isKept ? output : EMPTY_BYTES)
    const members = `"gas":${this.#gasUsed},"failed":${error !== undefined},"returnValue":"${returnValue}"`
    return `{${members},"structLogs":[${this.#logs.join(',')}]}`
  }

  get #isFull(): boolean {
    return this.#config.limit !== 0 && this.#size > this.#config.limit
  }

  #stackOf(step: Step): string {
    if (this.#config.disableStack) return ''
    const words: string[] = []
    for (let i = step.stackLength - 1; i >= 0; i--) words.push(`"0x${step.word(i).toString(16)}"`)
    return `,"stack":[${words.join(',')}]`
  }

  #returnDataOf(step: Step): string {
    if (!this.#config.enableReturnData || step.returnDataLength === 0) return ''
    return `,"returnData":"${bytesToHex(this.#returnData.subarray(0, step.returnDataLength))}"`
  }

  #memoryOf({ memory }: Step): string {
    if (!this.#config.enableMemory || memory.length === 0) return ''
    const words: string[] = []
    for (let at = 0; at < memory.length; at += 32) words.push(`"${bytesToHex(memory.subarray(at, at + 32))}"`)
    return `,"memory":[${words.join(',')}]`
  }

  /** All slots of the contract that have been read or written so far, where the instruction is about one. */
  #storageOf(step: Step): string {
    const { opcode } = step
    if (this.#config.disableStorage || (opcode !== SLOAD && opcode !== SSTORE)) return ''
    if (step.stackLength < (opcode === SLOAD ? 1 : 2)) return ''
    const { address } = step
    const name = bytesToHex(address)
    const slots = this.#storage.get(name) ?? new Map<string, string>()
    this.#storage.set(name, slots)
    const key = step.wordBytes(0)
    const value = opcode === SLOAD ? this.#state!.storage(address, key) : step.wordBytes(1)
    slots.set(bytesToHex(key), bytesToHex(value))
    const members = [...slots].sort(byKey).map(([slot, word]) => `"${slot}":"${word}"`)
    return `,"storage":{${members.join(',')}}`
  }
}

function byKey([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}
