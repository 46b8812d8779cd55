import type { LogLevel, LogLine, Node, Progress } from '../node/index.ts'
import type { Options } from './options.ts'

/** What a node that is run from the command line says, and how. */
export type Output = {
  /** A line of the node's log. */
  log(line: LogLine): void
  progress: Progress
  /** Hears what a developer is told of executions; undefined: nothing is told. */
  terminal: ((line: string) => void) | undefined
  started(node: Node, startMs: number): void
  stopping(): void
  stopped(): void
  /** It has not started, or has stopped because it can't go on. The log has the reason too. */
  failed(error: Error, when: 'starting' | 'running'): void
}

/** Quiet, only what needs somebody's attention is told beside the address. */
export async function openOutput({ logFormat, logLevel, quiet }: Options): Promise<Output> {
  if (logFormat === 'json') return (await import('./jsonOutput.ts')).jsonOutput(logLevel)
  return (await import('./textOutput.ts')).textOutput(quiet ? atLeastWarn(logLevel) : logLevel, quiet)
}

function atLeastWarn(level: LogLevel): LogLevel {
  return level === 'error' ? 'error' : 'warn'
}
