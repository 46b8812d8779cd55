import assert from 'node:assert/strict'
import type { BodyKernel } from '../../kernels/index.ts'
import {
  BodyDecoder,
  BodyError,
  KernelBodyDecoder,
  type OldState,
  type RecordOutline,
} from '../compact/index.ts'
import type { LogRecord } from '../records.ts'

type Entry = Parameters<BodyDecoder['skip']>[0]
type Read = { frame: Uint8Array; record: LogRecord }
type Step<T> = { read: T | undefined } | { error: BodyError }

/** Has both decoders of bodies read the same, and holds them against each other: the same frames, or the same refusal. */
export class TwinDecoder {
  readonly #readable: BodyDecoder
  readonly #fast: KernelBodyDecoder

  /** @param kernel - see KernelBodyDecoder. */
  constructor(oldState: OldState, kernel?: BodyKernel) {
    this.#readable = new BodyDecoder(oldState)
    this.#fast = new KernelBodyDecoder(oldState, kernel)
  }

  *records(entry: Entry): Generator<Read, void> {
    yield* agreed(this.#readable.records(entry), this.#fast.records(entry), (a, b) => {
      assert.deepEqual(b.record.kind, a.record.kind)
      assert.ok(Buffer.compare(b.frame, a.frame) === 0, 'the frames differ')
    })
  }

  skip(entry: Entry): void {
    const both = agreed(this.#readable.outlines(entry), this.#fast.outlines(entry), (a, b) =>
      assert.deepEqual(told(b), told(a)),
    )
    for (const _ of both);
  }
}

function told(outline: RecordOutline): object {
  return outline.kind === 'chunk' ? { ...outline, transactions: [...outline.transactions] } : outline
}

/** What the readable one reads, step by step. @throws what both refuse. */
function* agreed<T>(
  readable: Iterator<T, void>,
  fast: Iterator<T, void>,
  compare: (readable: T, fast: T) => void,
): Generator<T, void> {
  for (;;) {
    const [a, b] = [stepOf(readable), stepOf(fast)]
    if ('error' in a) {
      assert.equal('error' in b ? b.error.code : 'none', a.error.code)
      throw a.error
    }
    if ('error' in b) throw new Error('only the kernel refuses it', { cause: b.error })
    assert.equal(b.read === undefined, a.read === undefined, 'one of them has more records')
    if (a.read === undefined || b.read === undefined) return
    compare(a.read, b.read)
    yield a.read
  }
}

function stepOf<T>(decoder: Iterator<T, void>): Step<T> {
  try {
    const { value } = decoder.next()
    return { read: value ?? undefined }
  } catch (error) {
    if (error instanceof BodyError) return { error }
    throw error
  }
}
