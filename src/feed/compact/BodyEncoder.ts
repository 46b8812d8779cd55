import { constants, zstdCompressSync } from 'node:zlib'
import { ByteWriter } from '../../lib/index.ts'
import { KINDS } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import type { OldState } from './OldState.ts'

/**
 * Writes the body of entries: of each record u8 kind · bytes payload, all of them through zstd. Kinds and payloads are
 * those of recordCodec.ts.
 */
export class BodyEncoder {
  readonly #records = new ByteWriter()

  /** @param _oldState - the state before the record that is added next. */
  // biome-ignore lint/complexity/noUselessConstructor: what an encoder is made with
  constructor(_oldState: OldState) {}

  /** Takes the next record, before the caller applies its diff; `payload` is the record's as it stands in the log. */
  add({ kind }: LogRecord, payload: Uint8Array): void {
    this.#records.u8(KINDS.indexOf(kind) + 1)
    this.#records.sized(payload)
  }

  /** The body of the records since the last one. */
  finish(): { body: Uint8Array; beginsAnew: boolean } {
    const params = { [constants.ZSTD_c_compressionLevel]: 1 }
    const body = new Uint8Array(zstdCompressSync(this.#records.written(), { params }))
    this.#records.clear()
    return { body, beginsAnew: true }
  }
}
