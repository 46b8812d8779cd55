import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'leveret-output-'))
after(() => rmSync(folder, { recursive: true }))
const common = ['--port', '0', '--data', join(folder, 'chain'), '--memory-mb', '384']

describe('the command line', () => {
  it('writes nothing but JSON lines with --log-format json, and no key', async () => {
    const { stdout, stderr, code } = await run([...common, '--log-format', 'json'], '"started"')
    assert.deepEqual([stderr, code], ['', 0])
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ level, event }) => [level, event]),
      ['starting', 'started', 'stopping', 'stopped'].map((event) => ['info', event]),
    )
    const [starting, started, stopping] = lines
    assert.equal(starting.settings.memoryMiB, 384)
    assert.deepEqual([started.chainId, started.isNew, stopping.reason], [31337, true, 'SIGTERM'])
    assert.ok(!Number.isNaN(Date.parse(started.time)))
    // The first developer account's.
    assert.doesNotMatch(stdout, /ac0974bec39a17e3/)
  })

  it('tells in JSON too why it does not start', async () => {
    const { stdout, stderr, code } = await run([...common, '--log-format=json', '--chain-id', '5'])
    assert.deepEqual([stderr, code], ['', 1])
    const failed = JSON.parse(stdout.trim().split('\n').at(-1)!)
    assert.deepEqual([failed.level, failed.event], ['error', 'failed'])
    assert.match(failed.reason, /another genesis/)
  })

  it('refuses a block to fork from without a node that has it', async () => {
    const { stderr, code } = await run([...common, '--fork-block-number', '1'])
    assert.deepEqual([stderr, code], ['--fork-block-number is of no use without --fork-url.\n', 2])
  })

  it('writes the banner without --log-format, and only the address with --quiet', async () => {
    const loud = await run(common, 'ready at')
    assert.match(loud.stdout, /private keys[\s\S]*ready at[\s\S]*Stopping …\nStopped;/)
    assert.doesNotMatch(loud.stdout, /signed by/)
    const quiet = await run([...common, '--quiet'], 'ready at')
    assert.match(quiet.stdout, /^Leveret is ready at http:\S+ in \d+ ms\n$/)
    assert.deepEqual([loud.stderr, quiet.stderr, loud.code, quiet.code], ['', '', 0, 0])
  })

  it('says who signs the stream, for those who follow it', async () => {
    const { stdout } = await run([...common, '--feed-port', '0'], 'ready at')
    assert.match(stdout, /^ {2}stream +tcp:\/\/127\.0\.0\.1:\d+\n {2}signed by +0x[0-9a-f]{40}$/m)
  })

  it('says whether a replica begins or goes on', async () => {
    const publishing = [
      '--port',
      '0',
      '--data',
      join(folder, 'published'),
      '--memory-mb',
      '384',
      '--feed-port',
      '0',
    ]
    const heads: (string | undefined)[] = []
    await run(publishing, 'ready at', async (stdout) => {
      const from = /^ {2}stream +(\S+)$/m.exec(stdout)![1]!
      const following = ['replica', '--from', from, '--port', '0', '--data', join(folder, 'following')]
      for (let i = 0; i < 2; i++)
        heads.push(/^ {2}head block +(.*)$/m.exec((await run(following, 'ready at')).stdout)?.[1])
    })
    assert.match(heads[0]!, /^\d+; a new replica, which follows from there on$/)
    assert.match(heads[1]!, /^\d+, resumed$/)
  })
})

/** Runs the program until it ends, or, once it has written `until` and `meanwhile` has been done, is told to. */
function run(
  args: string[],
  until?: string,
  meanwhile: (stdout: string) => Promise<void> = async () => {},
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args])
  let [stdout, stderr] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const hadIt = until === undefined || stdout.includes(until)
    stdout += text
    if (!hadIt && stdout.includes(until)) void meanwhile(stdout).finally(() => child.kill('SIGTERM'))
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ stdout, stderr, code })))
}
