import { CallTracer } from './CallTracer.ts'
import { Erc7562Tracer, PLAIN_OPCODES } from './Erc7562Tracer.ts'
import { FlatCallTracer, type TransactionPlace } from './FlatCallTracer.ts'
import { FourByteTracer } from './FourByteTracer.ts'
import { MuxTracer } from './MuxTracer.ts'
import { PrestateTracer } from './PrestateTracer.ts'
import { StructLogger } from './StructLogger.ts'
import type { Tracer } from './Tracer.ts'

/** Which tracer, and how it is set up: both as a request has them, JSON values. */
export type TracerChoice = {
  /** Undefined: struct logs. */
  name: string | undefined
  /** `tracerConfig`; of struct logs the options themselves. */
  config: unknown
}

export type TracerSetting = {
  place: TransactionPlace
  /** Logs of the block before the transaction. */
  logsBefore: number
  /** Throws when a result of so many characters is too large. */
  checkSize: (characters: number) => void
}

/** Muxed tracers may be muxed again, so often. */
const MUX_DEPTH = 4

/**
 * The tracer that a request asks for.
 *
 * @throws TracerError for one that is not there, and for a configuration that it can't have.
 */
export function makeTracer({ name, config }: TracerChoice, setting: TracerSetting, depth = 0): Tracer {
  const { place, logsBefore, checkSize } = setting
  const read = new ConfigReader(name ?? 'structLogger', config)
  switch (name) {
    case undefined:
      return new StructLogger(
        {
          ...read.flags('enableMemory', 'disableStack', 'disableStorage', 'enableReturnData'),
          limit: read.count('limit'),
        },
        checkSize,
      )
    case 'callTracer':
      return new CallTracer(read.flags('onlyTopCall', 'withLog'), logsBefore, checkSize)
    case 'flatCallTracer':
      return new FlatCallTracer(read.flags('convertParityErrors', 'includePrecompiles'), place, checkSize)
    case 'prestateTracer': {
      const flags = read.flags('diffMode', 'disableCode', 'disableStorage', 'includeEmpty')
      if (flags.diffMode && flags.includeEmpty) throw new TracerError('cannot use diffMode with includeEmpty')
      return new PrestateTracer(flags, checkSize)
    }
    case 'erc7562Tracer': {
      // Of the stack's top this tracer never tells more than one word.
      read.count('stackTopItemsSize')
      const ignored = read.opcodes('ignoredOpcodes') ?? PLAIN_OPCODES
      return new Erc7562Tracer({ ...read.flags('withLog'), ignored }, logsBefore, checkSize)
    }
    case '4byteTracer':
      return new FourByteTracer()
    case 'noopTracer':
      return { opcodes: [], result: () => '{}' }
    case 'muxTracer':
      return mux(read, setting, depth)
    default:
      throw new TracerError(
        `tracer not found: ${name.slice(0, 100)}; there are ${TRACERS.join(', ')}, and none in JavaScript`,
      )
  }
}

const TRACERS = [
  'callTracer',
  'flatCallTracer',
  'prestateTracer',
  'erc7562Tracer',
  '4byteTracer',
  'noopTracer',
  'muxTracer',
] as const

function mux(read: ConfigReader, setting: TracerSetting, depth: number): Tracer {
  if (depth === MUX_DEPTH) throw new TracerError(`muxTracer: at most ${MUX_DEPTH} inside one another`)
  return new MuxTracer(
    new Map(read.members().map(([name, config]) => [name, makeTracer({ name, config }, setting, depth + 1)])),
  )
}

class ConfigReader {
  readonly #tracer: string
  readonly #config: Record<string, unknown>

  constructor(tracer: string, config: unknown) {
    this.#tracer = tracer
    if (config !== undefined && config !== null && (typeof config !== 'object' || Array.isArray(config)))
      throw new TracerError(`${tracer}: the configuration must be an object`)
    this.#config = (config ?? {}) as Record<string, unknown>
  }

  members(): [string, unknown][] {
    return Object.entries(this.#config)
  }

  /** Members that are false where they are missing. */
  flags<Name extends string>(...names: Name[]): Record<Name, boolean> {
    return Object.fromEntries(names.map((name) => [name, this.#flag(name)])) as Record<Name, boolean>
  }

  count(name: string): number {
    const value = this.#config[name] ?? 0
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw new TracerError(`${this.#tracer}: ${name} must be a whole number`)
    return value
  }

  /** A list of quantities; undefined where it is missing. */
  opcodes(name: string): Set<number> | undefined {
    const list = this.#config[name] ?? undefined
    if (list === undefined) return undefined
    if (!Array.isArray(list) || !list.every((item) => /^0x[0-9a-f]{1,2}$/i.test(String(item))))
      throw new TracerError(`${this.#tracer}: ${name} must be a list of opcodes in hex`)
    return new Set(list.map(Number))
  }

  #flag(name: string): boolean {
    const value = this.#config[name] ?? false
    if (typeof value !== 'boolean') throw new TracerError(`${this.#tracer}: ${name} must be true or false`)
    return value
  }
}

/** A tracer that isn't there, or is asked for what it can't do. The message is for the caller. */
export class TracerError extends Error {
  override readonly name = 'TracerError'
}
