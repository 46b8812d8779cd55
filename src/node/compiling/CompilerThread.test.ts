import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { MessagePort } from 'node:worker_threads'
import { keccak256 } from '../../kernels/index.ts'
import { equalBytes } from '../../lib/index.ts'
import { Signal } from '../Signal.ts'
import { CompilerThread } from './CompilerThread.ts'
import type { CompilerToEngine, EngineToCompiler } from './messages.ts'

/** PUSH1 n, PUSH0, SSTORE. */
function requestOf(n: number): EngineToCompiler {
  const code = Uint8Array.of(0x60, n, 0x5f, 0x55)
  return { fork: 'Osaka', codeHash: keccak256(code), code }
}

/** Both channels get every answer. */
async function answerTo({ codeHash }: EngineToCompiler, port: MessagePort): Promise<CompilerToEngine> {
  for (;;) {
    const [answer] = (await once(port, 'message')) as [CompilerToEngine]
    if (equalBytes(answer.codeHash, codeHash)) return answer
  }
}

it('the compiler thread ends when it has nothing to do, and begins again with the next request', async (t) => {
  const compiledFolder = mkdtempSync(join(tmpdir(), 'leveret-'))
  const thread = new CompilerThread(1)
  t.after(async () => {
    await thread.close()
    rmSync(compiledFolder, { recursive: true })
  })
  const warnings: unknown[] = []
  const settings = { compiledFolder, signal: new Signal().memory, sharesMemory: false }
  thread.allow(settings, (...event) => warnings.push(event))
  for (const [n, port] of [thread.port, thread.writerPort, thread.port].entries()) {
    const request = requestOf(n)
    port.postMessage(request)
    assert.equal((await answerTo(request, port)).kind, 'compiled')
    if (thread.worker !== undefined) await once(thread.worker, 'exit')
    assert.equal(thread.worker, undefined)
  }
  assert.deepEqual(warnings, [])
})
