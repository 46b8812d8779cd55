import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { explorerSite } from './explorerSite.ts'

describe('explorerSite', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'leveret-site-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is not there before the page has been built', () => {
    assert.equal(explorerSite(folder), undefined)
    assert.equal(explorerSite(join(folder, 'none')), undefined)
  })

  it('has the page at /, and the files beside it', () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<p>')
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>')
    writeFileSync(join(folder, '.built'), 'abc')
    writeFileSync(join(folder, 'assets/index-abc.js'), '1')
    const site = explorerSite(folder)!
    assert.equal(Buffer.from(site('/')!.bytes).toString(), '<p>')
    assert.deepEqual([site('/')!.contentType, site('/')!.isImmutable], ['text/html; charset=utf-8', false])
    const script = site('/assets/index-abc.js')!
    assert.deepEqual([script.contentType, script.isImmutable], ['text/javascript; charset=utf-8', true])
    assert.equal(site('/favicon.svg')!.contentType, 'image/svg+xml')
    assert.match(script.etag, /^"[\w-]{22}"$/)
    assert.notEqual(script.etag, site('/')!.etag)
    for (const path of ['/.built', '/index.html', '/assets', '/assets/', '/../package.json', ''])
      assert.equal(site(path), undefined, path)
  })
})
