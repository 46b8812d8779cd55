import { createHash } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Prng } from '../../src/lib/index.ts'
import { ChainNotStarted, HttpRpc, startChain } from '../lib/index.ts'

/** What a damaged log did to the next start. */
export type DamageReport = {
  damage: string
  outcome: 'started' | 'refused'
  said: string
  head: bigint | undefined
}

export type Damage = 'truncated' | 'garbage appended' | 'flipped'

/**
 * Copies a stopped node's folder, damages the copy's log and starts a node on it.
 * Throws if a refused start changed the log.
 */
export async function startOnDamaged(folder: string, damage: Damage, random: Prng): Promise<DamageReport> {
  const copy = `${folder}-${damage.replace(' ', '-')}`
  cpSync(folder, copy, { recursive: true })
  try {
    const described = applyDamage(newestSegment(copy), damage, random)
    const before = digestOf(newestSegment(copy))
    try {
      const chain = await startChain({ target: 'leveret', dataFolder: copy })
      const rpc = new HttpRpc(chain.url)
      const head = BigInt(await rpc.call('eth_blockNumber'))
      rpc.close()
      const said = /^\s*recovered\s+(.*)$/m.exec(chain.output)?.[1] ?? ''
      await chain.stop()
      return { damage: described, outcome: 'started', said, head }
    } catch (error) {
      if (!(error instanceof ChainNotStarted)) throw error
      if (digestOf(newestSegment(copy)) !== before)
        throw new Error('a refused start changed the log', { cause: error })
      return { damage: described, outcome: 'refused', said: error.message, head: undefined }
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function newestSegment(folder: string): string {
  const log = join(folder, 'log')
  const names = readdirSync(log).filter((name) => name.startsWith('segment-'))
  return join(log, names.sort().at(-1)!)
}

function applyDamage(path: string, damage: Damage, random: Prng): string {
  const { size } = statSync(path)
  switch (damage) {
    case 'truncated': {
      const bytes = 1 + random.nextInt(40)
      truncateSync(path, size - bytes)
      return `${bytes} bytes cut from the end`
    }
    case 'garbage appended':
      appendFileSync(path, random.nextBytes(100))
      return '100 random bytes appended'
    case 'flipped': {
      const offset = Math.floor(size * 0.2) + random.nextInt(Math.floor(size * 0.3))
      const byte = readFileSync(path)[offset]!
      const file = openSync(path, 'r+')
      writeSync(file, Uint8Array.of(byte ^ (1 << random.nextInt(8))), 0, 1, offset)
      closeSync(file)
      return `one bit flipped at ${offset} of ${size}`
    }
  }
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
