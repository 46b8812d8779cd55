import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import { decodeHeader, encodeHeader, headerHash } from '../../protocol/index.ts'
import type { ForkPoint } from './forkPoint.ts'

/** Hex digits of a hash that names a file. */
const NAME_DIGITS = 16

/** As a note has it. */
type Note = { chainId: string; header: string }

/**
 * A folder for many forks, in which chains that are made again find what was read of their remotes: for each block that was
 * forked a folder, and for each remote and number a note, which block that is. Of an address it has only a hash.
 */
export class ForkFolders {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Of what was read of a remote at a block. */
  of({ header }: ForkPoint): string {
    return join(this.#path, `${header.number}-${nameOf(headerHash(header))}`)
  }

  /**
   * Notes what a remote calls its block now, for when it does not answer.
   *
   * @throws ForkFolderError
   */
  note(url: string, { header, chainId }: ForkPoint): void {
    const path = this.#noteOf(url, header.number)
    const note: Note = { chainId: String(chainId), header: bytesToHex(encodeHeader(header)) }
    // Others may read it, or write the same, at this moment.
    const written = `${path}.${process.pid}.${threadId}`
    try {
      mkdirSync(this.#path, { recursive: true })
      writeFileSync(written, JSON.stringify(note))
      renameSync(written, path)
    } catch (error) {
      throw new ForkFolderError(this.#path, error as Error)
    }
  }

  /** What was noted; undefined if nothing was. */
  read(url: string, blockNumber: bigint): ForkPoint | undefined {
    try {
      const note: Note = JSON.parse(readFileSync(this.#noteOf(url, blockNumber), 'utf8'))
      const decoded = decodeHeader(hexToBytes(note.header))
      return decoded.ok ? { header: decoded.header, chainId: BigInt(note.chainId) } : undefined
    } catch {
      return undefined // as if it were not there: it can only be made by asking the remote
    }
  }

  #noteOf(url: string, blockNumber: bigint): string {
    return join(this.#path, `${blockNumber}-${nameOf(keccak256(Buffer.from(url)))}.json`)
  }
}

function nameOf(hash: Uint8Array): string {
  return bytesToHex(hash).slice(2, 2 + NAME_DIGITS)
}

class ForkFolderError extends Error {
  override readonly name = 'ForkFolderError'

  constructor(path: string, { message }: Error) {
    super(
      `What is read of a fork's remote can't be kept: ${message}\n  folder: ${path}\n  next: name another with forkCache, or false for none.`,
    )
  }
}
