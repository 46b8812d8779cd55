import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { History } from './index.ts'
import { blockRecord } from './testing/index.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)
const APPEND = join(import.meta.dirname, 'testing/appendUntilFull.ts')
const hasLimits = process.platform === 'linux'

describe('a history whose disk refuses', () => {
  for (const roomKiB of [150, 300])
    it(`has no block without its parts, with room for ${roomKiB} KiB`, {
      skip: hasLimits ? false : "the shell's limit of file sizes is tried on Linux only",
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'leveret-history-'))
      try {
        const first = History.open(folder, { genesisHash })
        first.append(blockRecord(0n, []))
        await first.close()
        const limitKiB = Math.ceil(statSync(join(folder, 'data.mdb')).size / 1024) + roomKiB
        // The first commit of block 1 needs about 400 KiB, the one after it less than that.
        const limited = `trap '' XFSZ; ulimit -f ${limitKiB}; exec "$0" "$1" "$2"`
        const said = execFileSync('bash', ['-c', limited, process.execPath, APPEND, folder], {
          ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 30_000 },
        })
        assert.equal(said, 'HistoryWriteError')
        const again = History.open(folder, { genesisHash })
        assert.equal(again.headNumber, 0n)
        assert.equal(again.blockByNumber(1n), undefined)
        again.append(blockRecord(1n, [[], []]))
        await again.flush()
        assert.equal(again.blockByNumber(1n)?.transactions.length, 2)
        await again.close()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
})
