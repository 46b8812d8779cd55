import type { LogLine } from './events.ts'

/** A line of the log for people: time, level, what happened, fields. Errors keep their lines. */
export function textLine({ level, message, fields }: LogLine, time: Date): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}=${textOf(value)}`],
  )
  return `${time.toISOString().slice(11, 23)} ${level.padEnd(5)} ${message}${shown.length === 0 ? '' : ' '}${shown.join('')}\n`
}

function textOf(value: unknown): string {
  if (typeof value === 'object')
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
  const text = String(value)
  return /^[^\s"=]+$/.test(text) || text.includes('\n') ? text : JSON.stringify(text)
}
