import pino from 'pino'
import type { LogLevel, LogLine } from '../node/index.ts'
import type { Output } from './Output.ts'

/** One JSON object a line on standard output, and nothing else: `level`, `time`, `event`, `msg` and the event's fields. */
export function jsonOutput(level: LogLevel): Output {
  const logger = pino(
    {
      level,
      // Whoever gathers lines of several nodes names them by their source.
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    // Lines are few, and the last ones before the end matter most.
    pino.destination({ fd: 1, sync: true }),
  )
  const quiet = () => {}
  return {
    log: ({ level: lineLevel, event, message, fields }: LogLine) =>
      logger[lineLevel]({ event, ...plain(fields) }, message),
    progress: quiet,
    terminal: undefined,
    started: quiet,
    stopping: quiet,
    stopped: quiet,
    failed: quiet,
  }
}

/** JSON has no bigint: numbers as far as they are exact, beyond as text. */
function plain(fields: object): object {
  return JSON.parse(
    JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? numberOf(value) : value)),
  )
}

function numberOf(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}
