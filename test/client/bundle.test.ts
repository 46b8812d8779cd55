/** `leveret/client` as a bundler for browsers takes it. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { build } from 'vite'

const root = resolve(import.meta.dirname, '../..')

/** Characters; the kernels' modules, the curve and zstd. */
const MAX_CHARACTERS = 250_000

describe('the client', () => {
  it("imports no module of Node's, and is small", async () => {
    const nodeModules: string[] = []
    const built = await build({
      root,
      configFile: false,
      logLevel: 'silent',
      publicDir: false,
      build: { write: false, minify: true, lib: { entry: 'src/client/index.ts', formats: ['es'] } },
      plugins: [
        {
          name: 'note',
          enforce: 'pre',
          resolveId(id, importer) {
            if (id.startsWith('node:')) nodeModules.push(`${id} from ${importer}`)
            return null
          },
        },
      ],
    })
    assert.deepEqual(nodeModules, [])
    const [{ output }] = built as { output: { type: string; code: string }[] }[] as [
      { output: { type: string; code: string }[] },
    ]
    const [chunk, ...others] = output
    assert.deepEqual(others, [])
    assert.doesNotMatch(chunk!.code, /(from|import)\s*\(?\s*["']node:/)
    assert.ok(chunk!.code.length < MAX_CHARACTERS, `${chunk!.code.length} characters`)
  })
})
