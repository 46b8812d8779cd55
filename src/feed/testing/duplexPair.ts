import { Prng } from '../../lib/index.ts'
import type { FeedDuplex } from '../session/index.ts'

/** What one direction holds before its writer has to wait. */
const ROOM_BYTES = 64 * 1024

/** The two ends of a connection in memory, which cuts what it carries at random places. */
export function duplexPair(seed = 1): [TestDuplex, TestDuplex] {
  const prng = new Prng(seed)
  const [there, back] = [new Pipe(prng), new Pipe(prng)]
  const close = () => {
    there.close()
    back.close()
  }
  return [new TestDuplex(there, back, close), new TestDuplex(back, there, close)]
}

export class TestDuplex implements FeedDuplex {
  readonly incoming: AsyncIterable<Uint8Array>
  readonly #outgoing: Pipe
  readonly #close: () => void

  constructor(outgoing: Pipe, incoming: Pipe, close: () => void) {
    this.#outgoing = outgoing
    this.incoming = incoming.pieces()
    this.#close = close
  }

  /** Bytes that were written and not read. */
  get unreadBytes(): number {
    return this.#outgoing.bytes
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#outgoing.write(bytes)
  }

  close(): void {
    this.#close()
  }
}

class Pipe {
  bytes = 0
  readonly #prng: Prng
  #pieces: Uint8Array[] = []
  #isClosed = false
  #waiting: (() => void)[] = []

  constructor(prng: Prng) {
    this.#prng = prng
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw new Error('the connection is closed')
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + this.#prng.nextInt(this.#prng.nextInt(4) === 0 ? 3 : 4096)
      this.#pieces.push(bytes.slice(at, at + length))
      at += length
    }
    this.bytes += bytes.length
    this.#change()
    while (this.bytes > ROOM_BYTES && !this.#isClosed) await this.#changed()
  }

  async *pieces(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) {
        this.bytes -= piece.length
        this.#change()
        yield piece
      } else if (this.#isClosed) return
      else await this.#changed()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#change()
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #change(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
