import assert from 'node:assert/strict'
import type { BodyKernel } from '../../kernels/index.ts'
import { BodyDecoder, BodyError, KernelBodyDecoder, type OldState } from '../compact/index.ts'
import type { LogRecord } from '../records.ts'

type Entry = Parameters<BodyDecoder['skip']>[0]
type Read = { frame: Uint8Array; record: LogRecord }
type Step = { read: Read | undefined } | { error: BodyError }

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
    const [readable, fast] = [this.#readable.records(entry), this.#fast.records(entry)]
    for (;;) {
      const [a, b] = [
        stepOf(() => readable.next().value ?? undefined),
        stepOf(() => fast.next().value ?? undefined),
      ]
      const read = agreed(a, b)
      if (read === undefined) return
      yield read
    }
  }

  skip(entry: Entry): void {
    const skipped = (decoder: BodyDecoder | KernelBodyDecoder) => stepOf(() => void decoder.skip(entry))
    agreed(skipped(this.#readable), skipped(this.#fast))
  }
}

function stepOf(read: () => Read | undefined): Step {
  try {
    return { read: read() }
  } catch (error) {
    if (error instanceof BodyError) return { error }
    throw error
  }
}

/** What the readable one read. @throws what both refuse. */
function agreed(readable: Step, fast: Step): Read | undefined {
  if ('error' in readable) {
    assert.equal('error' in fast ? fast.error.code : 'none', readable.error.code)
    throw readable.error
  }
  if ('error' in fast) throw new Error('only the kernel refuses it', { cause: fast.error })
  const { read } = readable
  assert.deepEqual(fast.read?.record.kind, read?.record.kind)
  if (read !== undefined) assert.ok(Buffer.compare(fast.read!.frame, read.frame) === 0, 'the frames differ')
  return read
}
