import type { LogRecord } from '../../feed/index.ts'
import { behindMs, type NodeStatus } from '../../rpc/index.ts'
import {
  EventLog,
  type LogFields,
  type LogLine,
  logLevelReaches,
  type Tell,
  textLine,
  withoutSecrets,
} from '../events/index.ts'
import { CLIENT_VERSION } from '../version.ts'
import { ChainStats } from './ChainStats.ts'
import { Health, type Lags } from './Health.ts'
import { LagWatch } from './LagWatch.ts'
import type { NodeMetrics } from './metrics/index.ts'
import type { NodeParts } from './NodeParts.ts'
import { OperatorServer } from './OperatorServer.ts'

export type OperationsOptions = {
  /** Gets the log's lines. Default: warnings and errors go to standard error. */
  log?: (line: LogLine) => void
  /** TCP port for /metrics, /livez and /readyz; 0: any free one. Default: none. */
  metricsPort?: number
  /** Address to listen on for them. Default 127.0.0.1. */
  metricsHost?: string
}

/** Refusals by this code mean that there is too much to do. */
const OVERLOAD = 'Pool.FULL'

/** What an operator sees of one node, from before it starts until it has stopped: log, metrics and health. */
export class Operations {
  readonly tell: Tell
  readonly health: Health = new Health()
  readonly #log: EventLog
  readonly #stats = new ChainStats()
  readonly #options: OperationsOptions
  #startMs = performance.now()
  #server: OperatorServer | undefined
  #metrics: NodeMetrics | undefined
  #watch: LagWatch | undefined

  constructor(options: OperationsOptions) {
    this.#options = options
    this.#log = new EventLog(options.log ?? warnOnly)
    this.tell = this.#log.tell
  }

  /** Before the node starts. @param settings - the node's options. @throws PortInUseError */
  async open(settings: object): Promise<void> {
    this.tell('starting', { version: CLIENT_VERSION, settings: withoutSecrets(settings) })
    const { metricsPort: port, metricsHost: host = '127.0.0.1' } = this.#options
    if (port === undefined) return
    // Loaded only by who wants it.
    const { NodeMetrics } = await import('./metrics/index.ts')
    this.#metrics = new NodeMetrics(this.health)
    this.#server = await OperatorServer.open({ host, port }, { metrics: this.#metrics, health: this.health })
  }

  /** Undefined: there are no metrics. */
  get metricsUrl(): string | undefined {
    return this.#server && `${this.#server.url}/metrics`
  }

  /** The node is complete, and about to listen. */
  attach(parts: NodeParts): void {
    const { submissions, rpc } = parts
    const lags = (): Lags => ({
      sealingMs: this.#stats.sealingLagMs,
      durableMs: ageMs(parts.view.undurableSinceMs),
      chain: chainLag(parts.nodeStatus()),
    })
    this.health.lags = lags
    this.#metrics?.add(parts, this.#stats)
    rpc.stats.onReaderDropped = (kind, reason) => this.tell('reader_dropped', { kind, reason })
    const overload = () => ({
      refused: submissions.stats.refused.get(OVERLOAD) ?? 0,
      waiting: submissions.unanswered,
    })
    this.#watch = new LagWatch({ tell: this.tell, lags, overload })
  }

  /** It answers; `facts` describe it. */
  started(recovered: readonly string[], facts: LogFields): void {
    this.health.state = 'running'
    for (const remark of recovered) this.tell('recovered', { remark })
    this.tell('started', { ...facts, metricsUrl: this.metricsUrl, elapsedMs: this.#elapsedMs() })
  }

  /** So many bytes were written to the log. */
  wrote(bytes: number): void {
    this.#stats.wrote(bytes)
  }

  /** The log's next record. */
  follow(record: LogRecord): void {
    const sealed = this.#stats.follow(record)
    if (sealed === undefined) return
    this.tell('block_sealed', { block: sealed.number, sealingMs: Math.round(sealed.sealingMs) })
  }

  /** It has not started, or can't go on. */
  failed(error: Error): void {
    this.health.failure ??= error
    this.tell('failed', describe(error))
  }

  stopping(reason: string): void {
    this.health.state = 'stopping'
    this.#startMs = performance.now()
    this.tell('stopping', { reason })
  }

  stopped(): void {
    this.#watch?.close()
    this.tell('stopped', { elapsedMs: this.#elapsedMs() })
    this.close()
  }

  /** Nothing is told or answered any more. */
  close(): void {
    this.#server?.close()
    this.#log.close()
  }

  requestFailed(error: unknown, method: string): void {
    this.tell('request_failed', { method, ...describe(error) })
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startMs)
  }
}

function chainLag({ role, following }: NodeStatus): Lags['chain'] {
  if (role === 'sequencer') return undefined
  if (following === undefined) return { isFollowed: false, lagMs: 0, lagMiniBlocks: 0n }
  const { source, lagMiniBlocks } = following
  return { isFollowed: source !== undefined, lagMs: behindMs(following), lagMiniBlocks }
}

function ageMs(sinceMs: number | undefined): number {
  return sinceMs === undefined ? 0 : performance.now() - sinceMs
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
