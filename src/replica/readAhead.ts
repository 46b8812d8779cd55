import { AHEAD_ENTRIES, type Foresight } from './Foresight.ts'

/** Bytes of entries that are read before their turn; the last may go beyond. */
const AHEAD_BYTES = 8 * 2 ** 20

/**
 * The entries of a stream, in order. As many as there are, up to the limits, are taken from it before their turn, and shown
 * to the foresight.
 *
 * @param logEnd - number of the record that the log needs next.
 */
export async function* readAhead(
  stream: AsyncIterable<Uint8Array>,
  foresight: Foresight,
  logEnd: () => bigint,
): AsyncGenerator<Uint8Array, void> {
  const waiting: Uint8Array[] = []
  let bytes = 0
  const [came, went] = [new Bell(), new Bell()]
  let isLeft = false
  let end: { error?: unknown } | undefined
  const isFull = () =>
    waiting.length > 0 && (waiting.length >= AHEAD_ENTRIES || bytes >= AHEAD_BYTES || foresight.isFull)
  const read = async (): Promise<void> => {
    for await (const entry of stream) {
      if (isLeft) return
      foresight.see(entry, logEnd())
      waiting.push(entry)
      bytes += entry.length
      came.ring()
      while (isFull() && !isLeft) await went.rung()
    }
  }
  void read()
    .then(
      () => (end = {}),
      (error: unknown) => (end = { error }),
    )
    .then(() => came.ring())
  try {
    for (;;) {
      while (waiting.length === 0 && end === undefined) await came.rung()
      const entry = waiting.shift()
      if (entry === undefined) break
      bytes -= entry.length
      went.ring()
      yield entry
    }
    if (end !== undefined && 'error' in end) throw end.error
  } finally {
    isLeft = true
    went.ring()
  }
}

/** Wakes the one who waits for it. */
class Bell {
  #ring: (() => void) | undefined

  rung(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve
    })
  }

  ring(): void {
    this.#ring?.()
    this.#ring = undefined
  }
}
