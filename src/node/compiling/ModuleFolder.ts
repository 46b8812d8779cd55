import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { bytesToHex, LruMap } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'

/** Bytes of all files; beyond, the one used longest ago goes. */
const FOLDER_BYTES_LIMIT = 256 * 1024 * 1024
/** Files; the same holds. */
const FOLDER_FILES_LIMIT = 16_384

const FORMAT = 1
/** 'LVRM', little-endian. */
const MAGIC = 0x4d52564c
const HEADER_BYTES = 20
const OUR_FILE = /^[A-Z][A-Za-z]*-[0-9a-f]{64}-v\d+\.wasm(\.new)?$/

export type StoredModule = { wasm: Uint8Array; nativeStackBytes: number }

export type ModuleFolderOptions = {
  /** Of the compiler: what another version has compiled is deleted. */
  version: number
  /** Called at most once, when the disk fails; from then on nothing more is written. */
  warn: (message: string) => void
  bytesLimit?: number
}

/**
 * What was compiled before, in files. Only a cache, and never trusted: a file that is damaged, or stands under another
 * name than it was written, is deleted.
 *
 * File, little-endian: u32 magic · u32 format · u32 bytes of WebAssembly · u32 native stack bytes · u32 CRC-32 of the
 * file's name, the fields before and the WebAssembly · WebAssembly. It is a checksum against accidents: who can write
 * to the data folder can change the chain as well.
 */
export class ModuleFolder {
  readonly #path: string
  readonly #version: number
  readonly #warn: (message: string) => void
  readonly #bytesLimit: number
  /** Bytes by name, the file used longest ago first. */
  readonly #files = new LruMap<string, number>(FOLDER_FILES_LIMIT)
  #bytes = 0
  #damagedFiles = 0
  #isWritable = true
  #hasWarned = false

  private constructor(path: string, { version, warn, bytesLimit = FOLDER_BYTES_LIMIT }: ModuleFolderOptions) {
    this.#path = path
    this.#version = version
    this.#warn = warn
    this.#bytesLimit = bytesLimit
  }

  /** Opens the folder, creating it when missing. Without a usable disk it stays empty. */
  static open(path: string, options: ModuleFolderOptions): ModuleFolder {
    const folder = new ModuleFolder(path, options)
    folder.#try(() => folder.#list())
    return folder
  }

  /** Files that were deleted since the folder was opened because they were damaged. */
  get damagedFiles(): number {
    return this.#damagedFiles
  }

  /** Undefined when there is none, or none that is whole. */
  read(fork: Fork, codeHash: Uint8Array): StoredModule | undefined {
    const name = this.#nameOf(fork, codeHash)
    if (this.#files.get(name) === undefined) return undefined
    const path = join(this.#path, name)
    const content = this.#try(() => readFileSync(path))
    if (content === undefined) {
      this.#forget(name)
      return undefined
    }
    const module = decode(name, content)
    if (module === undefined) this.discard(fork, codeHash)
    else this.#try(() => utimesSync(path, new Date(), new Date()))
    return module
  }

  write(fork: Fork, codeHash: Uint8Array, module: StoredModule): void {
    if (!this.#isWritable) return
    const name = this.#nameOf(fork, codeHash)
    const path = join(this.#path, name)
    const content = encode(name, module)
    const temporary = `${path}.new`
    this.#try(() => {
      try {
        writeFileSync(temporary, content)
        renameSync(temporary, path)
      } catch (error) {
        rmSync(temporary, { force: true })
        throw error
      }
      this.#remember(name, content.length)
    })
  }

  /** Deletes a damaged file: `read` finds that by itself, the caller what is whole and still no module. */
  discard(fork: Fork, codeHash: Uint8Array): void {
    this.#damagedFiles++
    const name = this.#nameOf(fork, codeHash)
    this.#forget(name)
    this.#remove(name)
  }

  #nameOf(fork: Fork, codeHash: Uint8Array): string {
    return `${fork}-${bytesToHex(codeHash).slice(2)}-v${this.#version}.wasm`
  }

  /** Remembers what is there, oldest use first; files of other versions and torn ones are deleted. */
  #list(): void {
    mkdirSync(this.#path, { recursive: true })
    const files: { name: string; bytes: number; usedMs: number }[] = []
    for (const name of readdirSync(this.#path)) {
      if (!OUR_FILE.test(name)) continue
      if (!name.endsWith(`-v${this.#version}.wasm`)) {
        this.#remove(name)
        continue
      }
      const { size, mtimeMs } = statSync(join(this.#path, name))
      files.push({ name, bytes: size, usedMs: mtimeMs })
    }
    files.sort((a, b) => a.usedMs - b.usedMs)
    for (const { name, bytes } of files) this.#remember(name, bytes)
  }

  #remember(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#files.get(name) ?? 0)
    const evicted = this.#files.set(name, bytes)
    if (evicted !== undefined) this.#evict(evicted)
    while (this.#bytes > this.#bytesLimit) this.#evict(this.#files.takeOldest()!)
  }

  #forget(name: string): void {
    this.#bytes -= this.#files.get(name) ?? 0
    this.#files.delete(name)
  }

  #evict([name, bytes]: [string, number]): void {
    this.#bytes -= bytes
    this.#remove(name)
  }

  #remove(name: string): void {
    this.#try(() => rmSync(join(this.#path, name), { force: true }))
  }

  /** A disk that fails is said once, and written to no more. */
  #try<T>(action: () => T): T | undefined {
    try {
      return action()
    } catch (error) {
      this.#isWritable = false
      if (!this.#hasWarned) {
        this.#hasWarned = true
        this.#warn(
          `Compiled code can't be kept on disk: it is compiled anew after the next start.\n  folder: ${this.#path}\n` +
            `  reason: ${(error as Error).message}\n  next: make room or set the folder's rights; until then the node goes on.`,
        )
      }
      return undefined
    }
  }
}

function encode(name: string, { wasm, nativeStackBytes }: StoredModule): Uint8Array {
  const content = new Uint8Array(HEADER_BYTES + wasm.length)
  const view = new DataView(content.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, FORMAT, true)
  view.setUint32(8, wasm.length, true)
  view.setUint32(12, nativeStackBytes, true)
  content.set(wasm, HEADER_BYTES)
  view.setUint32(16, checksum(name, content), true)
  return content
}

function decode(name: string, content: Uint8Array): StoredModule | undefined {
  if (content.length < HEADER_BYTES) return undefined
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const isWhole =
    view.getUint32(0, true) === MAGIC &&
    view.getUint32(4, true) === FORMAT &&
    view.getUint32(8, true) === content.length - HEADER_BYTES &&
    view.getUint32(16, true) === checksum(name, content)
  if (!isWhole) return undefined
  return { wasm: content.subarray(HEADER_BYTES), nativeStackBytes: view.getUint32(12, true) }
}

function checksum(name: string, content: Uint8Array): number {
  return crc32(content.subarray(HEADER_BYTES), crc32(content.subarray(0, 16), crc32(name)))
}
