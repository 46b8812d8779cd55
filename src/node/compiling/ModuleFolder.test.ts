import assert from 'node:assert/strict'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { ModuleFolder } from './ModuleFolder.ts'

let parent: string
let path: string
let warnings: string[]
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'leveret-modules-'))
  path = join(parent, 'compiled')
  warnings = []
})
afterEach(() => rmSync(parent, { recursive: true }))

const [A, B, C] = [1, 2, 3].map((seed) => new Uint8Array(32).fill(seed)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
]
const MODULE = { wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), nativeStackBytes: 4096 }

describe('ModuleFolder', () => {
  it('gives back what was written, also after it was opened again', () => {
    const folder = open()
    folder.write('Osaka', A, MODULE)
    for (const each of [folder, open()]) {
      const { wasm, nativeStackBytes } = each.read('Osaka', A)!
      assert.deepEqual({ wasm: new Uint8Array(wasm), nativeStackBytes }, MODULE)
      assert.equal(each.read('Prague', A), undefined)
      assert.equal(each.read('Osaka', B), undefined)
    }
    assert.deepEqual(warnings, [])
  })

  it('deletes a file in which any byte is changed, and does not read it', () => {
    open().write('Osaka', A, MODULE)
    const [file] = files()
    const whole = readFileSync(file!)
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole)
      damaged[at]! ^= 0x10
      writeFileSync(file!, damaged)
      const folder = open()
      assert.equal(folder.read('Osaka', A), undefined, `byte ${at}`)
      assert.equal(folder.damagedFiles, 1)
      assert.equal(existsSync(file!), false)
      folder.write('Osaka', A, MODULE)
      assert.notEqual(folder.read('Osaka', A), undefined)
    }
  })

  it('deletes a file that was cut or has grown', () => {
    open().write('Osaka', A, MODULE)
    const [file] = files()
    const whole = readFileSync(file!)
    for (const content of [whole.subarray(0, 0), whole.subarray(0, 27), Buffer.concat([whole, whole])]) {
      writeFileSync(file!, content)
      assert.equal(open().read('Osaka', A), undefined)
      assert.equal(existsSync(file!), false)
    }
  })

  it("does not read one code's file as another's", () => {
    const folder = open()
    folder.write('Osaka', A, MODULE)
    folder.write('Osaka', B, MODULE)
    const fileOf = (start: string) => files().find((file) => file.includes(`-${start}`))!
    renameSync(fileOf('01'), fileOf('02'))
    assert.equal(folder.read('Osaka', B), undefined)
  })

  it('deletes what another version has compiled and what is torn, and leaves what is not ours', () => {
    open().write('Osaka', A, MODULE)
    const [file] = files()
    writeFileSync(`${file}.new`, 'torn')
    writeFileSync(join(path, 'notes.txt'), 'mine')
    const folder = ModuleFolder.open(path, { version: 8, warn: (message) => warnings.push(message) })
    assert.equal(folder.read('Osaka', A), undefined)
    assert.deepEqual(readdirSync(path), ['notes.txt'])
    assert.equal(folder.damagedFiles, 0)
  })

  it('deletes the file used longest ago when there are too many bytes, also over a restart', () => {
    const bytesLimit = 2 * (20 + MODULE.wasm.length)
    const folder = open(bytesLimit)
    folder.write('Osaka', A, MODULE)
    folder.write('Osaka', B, MODULE)
    assert.notEqual(folder.read('Osaka', A), undefined)
    folder.write('Osaka', C, MODULE)
    assert.deepEqual(
      [A, B, C].map((hash) => folder.read('Osaka', hash) !== undefined),
      [true, false, true],
    )
    const [first, second] = files().sort()
    utimesSync(first!, 2000, 2000)
    utimesSync(second!, 1000, 1000)
    open(bytesLimit).write('Osaka', B, MODULE)
    assert.equal(existsSync(first!), true)
    assert.equal(existsSync(second!), false)
    assert.equal(files().length, 2)
  })

  it('says once that the disk fails, and goes on without it', () => {
    writeFileSync(path, 'a file where the folder should be')
    const folder = open()
    folder.write('Osaka', A, MODULE)
    folder.write('Osaka', B, MODULE)
    assert.equal(folder.read('Osaka', A), undefined)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!, /can't be kept on disk[\s\S]*next: /)
  })

  it('stops writing when a file can no longer be written', () => {
    const folder = open()
    folder.write('Osaka', A, MODULE)
    rmSync(path, { recursive: true })
    folder.write('Osaka', B, MODULE)
    folder.write('Osaka', C, MODULE)
    assert.equal(warnings.length, 1)
    assert.equal(folder.read('Osaka', A), undefined)
    assert.equal(folder.damagedFiles, 0)
  })
})

function open(bytesLimit?: number): ModuleFolder {
  return ModuleFolder.open(path, {
    version: 7,
    warn: (message) => warnings.push(message),
    ...(bytesLimit === undefined ? {} : { bytesLimit }),
  })
}

function files(): string[] {
  return readdirSync(path).map((name) => join(path, name))
}
