import { ByteReader } from '../../lib/index.ts'
import { decodeRecord, FeedError, frameOf, KINDS } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import type { OldState } from './OldState.ts'
import { unzstd } from './unzstd.ts'

/** Largest sum of the payloads of one entry. */
const MAX_RECORDS_BYTES = 256 * 1024 * 1024

/** What is looked at of an entry. */
export type EncodedBody = { body: Uint8Array; beginsAnew: boolean; recordCount: number }

/** Reads what a BodyEncoder wrote. Safe on any bytes. */
export class BodyDecoder {
  /** @param _oldState - the state before the record that is asked for next. */
  // biome-ignore lint/complexity/noUselessConstructor: what a decoder is made with
  constructor(_oldState: OldState) {}

  /**
   * The records of an entry, with their frames as they stand in the log. The caller applies each record's diff before it
   * asks for the next.
   *
   * @throws BodyError; the decoder is of no use then.
   */
  *records(entry: EncodedBody): Generator<{ frame: Uint8Array; record: LogRecord }, void> {
    const reader = new ByteReader(decompress(entry.body))
    for (let left = entry.recordCount; left > 0; left--) {
      const kind = KINDS[reader.fixed(1)[0]! - 1]
      const payload = reader.sized()
      if (reader.isShort) throw new BodyError('TRUNCATED', `${left} records fewer than the entry has`)
      if (kind === undefined) throw new BodyError('RECORD', 'a record of unknown kind')
      const frame = frameOf(kind, payload)
      yield { frame, record: recordOf(frame) }
    }
    if (reader.left > 0) throw new BodyError('TRAILING_BYTES', `${reader.left} bytes behind the last record`)
  }

  /** Takes of an entry only what the next ones need. */
  skip(_entry: EncodedBody): void {}
}

function decompress(body: Uint8Array): Uint8Array {
  try {
    return unzstd(body, MAX_RECORDS_BYTES)
  } catch (error) {
    throw new BodyError('COMPRESSION', (error as Error).message)
  }
}

function recordOf(frame: Uint8Array): LogRecord {
  try {
    return decodeRecord(frame)
  } catch (error) {
    if (!(error instanceof FeedError)) throw error
    throw new BodyError('RECORD', error.code)
  }
}

export type BodyErrorCode = 'COMPRESSION' | 'TRUNCATED' | 'TRAILING_BYTES' | 'RECORD'

/** A body that its entry can't have. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly code: BodyErrorCode

  constructor(code: BodyErrorCode, what: string) {
    super(
      `The body of an entry can't be read (${code}): ${what}.\n  next: take the entry from another source; if all send the same, their version is another.`,
    )
    this.code = code
  }
}
