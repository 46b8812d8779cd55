import { ByteReader, ByteWriter, fromBigInt, toBigInt } from '../lib/index.ts'
import { AncestorHashes } from './AncestorHashes.ts'
import { ChainTail } from './ChainTail.ts'

/**
 * A tail between two blocks, as a snapshot of the state keeps it (integers little-endian):
 *
 *     u64 number · u64 timestamp · u64 gasLimit · u64 gasUsed · baseFeePerGas 32 (big-endian) · u64 excessBlobGas
 *     · u64 blobGasUsed                                                        of the newest closed block
 *     u64 number · u64 timestampUs · digest 32                                 of the newest mini-block
 *     u64 sealedNumber · u32 count, then per hash of a sealed block: u64 number · hash 32
 *     u64 branch                                                               missing before the first rewind
 */
export function encodeChainTail(tail: ChainTail): Uint8Array {
  const { closed, miniBlock } = tail
  const writer = new ByteWriter()
  for (const field of [closed.number, closed.timestamp, closed.gasLimit, closed.gasUsed]) writer.u64(field)
  writer.fixed(fromBigInt(closed.baseFeePerGas, 32), 32)
  writer.u64(closed.excessBlobGas)
  writer.u64(closed.blobGasUsed)
  writer.u64(miniBlock.number)
  writer.u64(miniBlock.timestampUs)
  writer.fixed(miniBlock.digest, 32)
  writer.u64(tail.sealedNumber)
  writer.u32(tail.hashes.size)
  for (const [number, hash] of tail.hashes) {
    writer.u64(number)
    writer.fixed(hash, 32)
  }
  if (tail.branch > 0n) writer.u64(tail.branch)
  return writer.written().slice()
}

/** Inverse of {@link encodeChainTail}; undefined if the bytes are something else. */
export function decodeChainTail(bytes: Uint8Array): ChainTail | undefined {
  const reader = new ByteReader(bytes)
  const closed = {
    number: reader.u64(),
    timestamp: reader.u64(),
    gasLimit: reader.u64(),
    gasUsed: reader.u64(),
    baseFeePerGas: toBigInt(reader.fixed(32)),
    excessBlobGas: reader.u64(),
    blobGasUsed: reader.u64(),
  }
  const miniBlock = {
    number: reader.u64(),
    timestampUs: reader.u64(),
    digest: reader.fixed(32).slice(),
  }
  const sealedNumber = reader.u64()
  const hashes = readHashes(reader)
  const branch = reader.left > 0 ? reader.u64() : 0n
  if (hashes === undefined || reader.isShort || reader.left > 0) return undefined
  return new ChainTail({ closed, miniBlock, sealedNumber, hashes, branch })
}

/** Undefined if they don't follow one another. */
function readHashes(reader: ByteReader): AncestorHashes | undefined {
  const hashes = new AncestorHashes()
  let next: bigint | undefined
  for (let left = reader.u32(); left > 0; left--) {
    const number = reader.u64()
    const hash = reader.fixed(32)
    if (reader.isShort || number !== (next ?? number)) return undefined
    hashes.add(number, hash)
    next = number + 1n
  }
  return hashes
}
