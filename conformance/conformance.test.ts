import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { casesOf } from './classify.ts'
import { readTar, TarError } from './tar.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const folder = mkdtempSync(join(tmpdir(), 'leveret-conformance-'))
after(() => rmSync(folder, { recursive: true }))

const ADD = 'opcodes/add.json'

describe('npm run conformance', () => {
  it('passes the tests of the repository and ends with the counts', async () => {
    const { code, lines } = await run('--pack', fixtures)
    assert.equal(code, 0, lines.join('\n'))
    assert.match(lines.at(-1)!, /^[1-9]\d* passed, 0 failed, \d+ skipped$/)
    assert.ok(lines.includes('Tier: interpreter.'))
  })

  it('passes them on compiled code as well, also the second time, and says how much ran compiled', async () => {
    const { code, lines } = await run('--pack', fixtures, '--tier', 'compiled', '--hot')
    assert.equal(code, 0, lines.join('\n'))
    assert.match(lines.at(-1)!, /^[1-9]\d* passed, 0 failed, \d+ skipped$/)
    assert.match(lines.at(-3)!, /^Tier: compiled, .* twice\. At least [1-9]\d* codes compiled and 0 refused/)
    assert.match(lines.at(-2)!, /, [1-9]\d* ran all of it compiled, /)
  })

  it('passes them where every transaction is executed ahead, and says what was committed of that', async () => {
    const { code, lines } = await run(
      '--threads',
      '2',
      '--tier',
      'compiled',
      '--pack',
      'conformance/fixtures',
    )
    assert.equal(code, 0)
    assert.match(
      lines.join('\n'),
      /Threads: 2\. Of [1-9]\d* transactions [1-9]\d* were executed ahead and committed/,
    )
  })

  it('fails when one expected value is changed, and shows expected and received', async () => {
    const tests = JSON.parse(readFileSync(join(fixtures, ADD), 'utf8'))
    tests[1].Expected = tests[0].Expected
    const { code, lines } = await run('--pack', writePack('changed', ADD, JSON.stringify(tests)))
    assert.equal(code, 1)
    assert.equal(lines.at(-1), `${tests.length - 1} passed, 1 failed, 0 skipped`)
    assert.ok(lines.some((line) => line.includes(`expected: 0x${tests[1].Expected}`)))
  })

  it('fails when a block that is valid is expected to be refused, and the other way round', async () => {
    const path = 'blockchain/Osaka/shanghai/eip4895_withdrawals/withdrawals/withdrawals_root.json'
    const file = JSON.parse(readFileSync(join(fixtures, path), 'utf8'))
    const test = Object.values(file)[0] as { blocks: { expectException?: string }[] }
    for (const block of test.blocks) {
      if (block.expectException === undefined) block.expectException = 'BlockException.INVALID_GAS_USED'
      else delete block.expectException
    }
    const { code, lines } = await run('--pack', writePack('swapped', 'test.json', JSON.stringify(file)))
    assert.equal(code, 1)
    assert.equal(lines.at(-1), '0 passed, 1 failed, 0 skipped')
  })

  it('reads archives', async () => {
    const path = join(folder, 'archive.tar.zst')
    writeFileSync(path, zstdCompressSync(ustar('add.json', readFileSync(join(fixtures, ADD)))))
    const { code, lines } = await run('--pack', path)
    assert.equal(code, 0)
    assert.match(lines.at(-1)!, /^[1-9]\d* passed, 0 failed, 0 skipped$/)
  })

  it('names the tests without running them', async () => {
    const { lines } = await run('--pack', fixtures, '--suite', 'opcode', '--filter', 'add.json::', '--list')
    assert.ok(lines.filter((line) => line.includes('opcodes/add.json::add ')).length > 1)
    assert.match(lines.at(-1)!, /^0 passed, 0 failed/)
  })

  it('refuses packs, tiers and options that do not exist', async () => {
    for (const args of [
      ['--pack', join(folder, 'none')],
      ['--tier', 'none'],
      ['--hot'],
      ['--tier', 'interpreter', '--hot'],
      ['--nonsense'],
      ['--filter', '('],
    ]) {
      assert.equal((await run(...args)).code, 2, args.join(' '))
    }
  })
})

describe('casesOf', () => {
  it('tells the kinds apart by shape, whatever the file is called', () => {
    const kindOf = (json: unknown) =>
      [...casesOf('some.json', new TextEncoder().encode(JSON.stringify(json)))][0]?.kind
    assert.equal(kindOf([{ X: '', Y: '', Expected: '' }]), 'opcode')
    assert.equal(kindOf({ a: { pre: {}, post: { Osaka: [{ indexes: {} }] }, transaction: {} } }), 'state')
    assert.equal(kindOf({ a: { pre: {}, blocks: [], network: 'Osaka' } }), 'blockchain')
    assert.equal(kindOf({ input: {}, output: null }), 'kzg')
    assert.equal(kindOf({ a: { in: [], root: '' } }), 'trie')
  })

  it('finds no test in files that are not JSON', () => {
    assert.deepEqual([...casesOf('README.md', new Uint8Array(0))], [])
  })
})

describe('readTar', () => {
  it('refuses an archive that is cut off', () => {
    const archive = ustar('a.json', new Uint8Array(600)).subarray(0, 800)
    assert.throws(() => [...readTar(archive)], TarError)
  })
})

function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const command = [join(import.meta.dirname, 'main.ts'), '--jobs', '1', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { maxBuffer: 1 << 26 }, (error, stdout) => {
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, lines: stdout.trimEnd().split('\n') })
    })
  })
}

function writePack(name: string, path: string, text: string): string {
  const pack = join(folder, name)
  const file = join(pack, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return pack
}

/** An archive of one file (POSIX ustar; the checksum is not looked at). */
function ustar(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  header.write('0', 156)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)])
}
