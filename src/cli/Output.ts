import type { LogLine, Node, Progress } from '../node/index.ts'

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
