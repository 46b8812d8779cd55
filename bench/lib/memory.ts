import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHILD = join(import.meta.dirname, 'memoryChild.ts')

/** Bytes by which a fresh process's resident set grows for each of `count` V8 modules of these bytes, held, not called. */
export function bytesPerModule(wasm: Uint8Array, count: number): number {
  return runChild('modules', wasm, count)
}

/**
 * The same for contracts of one token's code, each slightly another and each called: what the compiled tier takes beyond
 * the interpreter.
 */
export function bytesPerCalledModule(code: Uint8Array, count: number): number {
  return Math.max(0, runChild('compiled', code, count) - runChild('interpreter', code, count))
}

function runChild(what: string, input: Uint8Array, count: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-memory-'))
  try {
    const file = join(folder, 'input')
    writeFileSync(file, input)
    const output = execFileSync(process.execPath, [CHILD, what, file, String(count)], { encoding: 'utf8' })
    return Math.max(0, Number(output))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
