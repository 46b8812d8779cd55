/** One regular file of an archive. `bytes` is a view into the archive's memory. */
export type ArchiveFile = { path: string; bytes: Uint8Array }

const BLOCK = 512

/**
 * Reads a POSIX ustar archive of regular files (no links, no pax or GNU extension records).
 *
 * @throws TarError for a header that is cut off or of another kind.
 */
export function* readTar(archive: Uint8Array): Generator<ArchiveFile> {
  let offset = 0
  while (offset + BLOCK <= archive.length) {
    const header = archive.subarray(offset, offset + BLOCK)
    if (header.every((byte) => byte === 0)) return
    const prefix = text(header, 345, 155)
    const name = text(header, 0, 100)
    const size = Number.parseInt(text(header, 124, 12), 8)
    const kind = text(header, 156, 1)
    const start = offset + BLOCK
    if (!Number.isSafeInteger(size) || start + size > archive.length)
      throw new TarError(offset, 'a size beyond its end')
    if (kind === '' || kind === '0') {
      yield { path: prefix === '' ? name : `${prefix}/${name}`, bytes: archive.subarray(start, start + size) }
    } else if (kind !== '5') {
      throw new TarError(offset, `a record of type ${JSON.stringify(kind)}`)
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK
  }
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim()
}

/** The archive isn't plain ustar. */
export class TarError extends Error {
  override readonly name = 'TarError'
  constructor(offset: number, what: string) {
    super(
      `Not a plain ustar archive: ${what} at byte ${offset}.\n  next: pack it with \`tar --format=ustar\`.`,
    )
  }
}
