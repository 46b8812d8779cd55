import { CLIENT_VERSION } from '../version.ts'
import { EventLog, type Tell } from './EventLog.ts'
import { type LogFields, type LogLine, logLevelReaches } from './events.ts'
import { textLine } from './textLine.ts'
import { withoutSecrets } from './withoutSecrets.ts'

export type OperationsOptions = {
  /** Gets the log's lines. Default: warnings and errors go to standard error. */
  log?: (line: LogLine) => void
}

/** What an operator sees of one node, from before it starts until it has stopped. */
export class Operations {
  readonly tell: Tell
  readonly #log: EventLog
  #startMs = performance.now()

  constructor({ log = warnOnly }: OperationsOptions) {
    this.#log = new EventLog(log)
    this.tell = this.#log.tell
  }

  /** @param settings - the node's options. */
  starting(settings: object): void {
    this.tell('starting', { version: CLIENT_VERSION, settings: withoutSecrets(settings) })
  }

  /** It answers; `facts` describe it. */
  started(recovered: readonly string[], facts: LogFields): void {
    for (const remark of recovered) this.tell('recovered', { remark })
    this.tell('started', { ...facts, elapsedMs: this.#elapsedMs() })
  }

  /** It has not started, or can't go on. */
  failed(error: Error): void {
    this.tell('failed', describe(error))
  }

  stopping(reason: string): void {
    this.#startMs = performance.now()
    this.tell('stopping', { reason })
  }

  stopped(): void {
    this.tell('stopped', { elapsedMs: this.#elapsedMs() })
    this.close()
  }

  close(): void {
    this.#log.close()
  }

  requestFailed(error: unknown, method: string): void {
    this.tell('request_failed', { method, ...describe(error) })
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startMs)
  }
}

/** Errors that we foresee explain themselves; others come with their stack. */
function describe(error: unknown): { reason: string; stack?: string } {
  if (!(error instanceof Error)) return { reason: String(error) }
  const { message, stack } = error
  return message.includes('\n  next: ') || stack === undefined
    ? { reason: message }
    : { reason: message, stack }
}

function warnOnly(line: LogLine): void {
  if (logLevelReaches(line.level, 'warn')) process.stderr.write(textLine(line, new Date()))
}
