import { EVENTS, type EventName, type LogFields, type LogLine } from './events.ts'

/** Of one event, so many lines come in a window of time; those beyond are counted. */
const BURST = 5
const WINDOW_MS = 10_000

/** Logs an event. */
export type Tell = (event: EventName, fields?: LogFields) => void

/** What came of an event since its window began. */
type Window = { lines: number; suppressed: number; last: LogFields; timer: NodeJS.Timeout }

/**
 * Tells what an operator needs to know, in lines. An event that repeats itself gives {@link BURST} lines in
 * {@link WINDOW_MS}; at the end of that time one more says how many were `suppressed`, with the fields of the last.
 */
export class EventLog {
  readonly #write: (line: LogLine) => void
  readonly #windows = new Map<EventName, Window>()

  constructor(write: (line: LogLine) => void) {
    this.#write = write
  }

  readonly tell: Tell = (event, fields = {}) => {
    // Who asks for everything gets it.
    if (EVENTS[event].level === 'debug') return this.#line(event, fields)
    const window = this.#windowOf(event)
    window.lines++
    window.last = fields
    if (window.lines <= BURST) this.#line(event, fields)
    else window.suppressed++
  }

  /** Tells what is left to tell. */
  close(): void {
    for (const event of this.#windows.keys()) this.#endWindow(event)
  }

  #windowOf(event: EventName): Window {
    const known = this.#windows.get(event)
    if (known !== undefined) return known
    const timer = setTimeout(() => this.#endWindow(event), WINDOW_MS).unref()
    const window = { lines: 0, suppressed: 0, last: {}, timer }
    this.#windows.set(event, window)
    return window
  }

  #endWindow(event: EventName): void {
    const { suppressed, last, timer } = this.#windows.get(event)!
    clearTimeout(timer)
    this.#windows.delete(event)
    if (suppressed > 0) this.#line(event, { ...last, suppressed })
  }

  #line(event: EventName, fields: LogFields): void {
    const { level, message } = EVENTS[event]
    this.#write({ level, event, message, fields })
  }
}
