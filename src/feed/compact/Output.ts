import { MAX_PAYLOAD_BYTES } from '../recordCodec.ts'
import { BodyError } from './BodyError.ts'
import { ColumnWriter } from './columns.ts'

/** Where a record's frame is put together. */
export class Output extends ColumnWriter {
  /** As ColumnWriter; throws BodyError where the record becomes larger than one may be. */
  override grow(count: number): number {
    if (this.length + count > MAX_PAYLOAD_BYTES + 64)
      throw new BodyError('LIMIT', `a record of more than ${MAX_PAYLOAD_BYTES} bytes`)
    return super.grow(count)
  }

  append(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length)
  }

  u32(value: number): void {
    const at = this.grow(4)
    this.u32At(at, value)
  }

  u32At(at: number, value: number): void {
    this.bytes[at] = value
    this.bytes[at + 1] = value >>> 8
    this.bytes[at + 2] = value >>> 16
    this.bytes[at + 3] = value >>> 24
  }

  /** A number below 2^53 as u64, little-endian. */
  u64(value: number): void {
    this.u32(value % 2 ** 32)
    this.u32(Math.floor(value / 2 ** 32))
  }
}
