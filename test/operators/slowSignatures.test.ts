/** A node on a platform that no binary of secp256k1 fits says so. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isSigningNative } from '../../src/protocol/index.ts'

const NODE_ROOM = new URL('../../src/node/index.ts', import.meta.url).href

const PROGRAM = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === process.env.WITHOUT) throw new Error('no native build was found')
      return next(specifier, context)
    },
  })
  const { startNode } = await import(process.env.NODE_ROOM)
  const log = ({ event, level }) => event === 'signatures_slow' && console.log(level)
  const node = await startNode({ port: 0, data: process.env.DATA, memoryMiB: 384, log })
  await new Promise(setImmediate)
  await node.close()`

/** What a node tells of its signatures where a module can't be loaded. */
function toldWithout(module: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-slow-'))
  try {
    // Not evaluated: the node's threads would be told so, too.
    const program = join(folder, 'program.mjs')
    writeFileSync(program, PROGRAM)
    const env = { ...process.env, NODE_ROOM, DATA: join(folder, 'chain'), WITHOUT: module }
    return execFileSync(process.execPath, [program], { encoding: 'utf8', env })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a node without the native binding for signatures warns once, and one with it does not', () => {
  assert.equal(toldWithout('secp256k1/bindings.js'), 'warn\n')
  assert.equal(toldWithout('nothing'), isSigningNative() ? '' : 'warn\n')
})
