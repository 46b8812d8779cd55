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
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { SEGMENT_HEAD_BYTES } from '../../src/feed/index.ts'
import type { Prng } from '../../src/lib/index.ts'
import { ChainNotStarted, HttpRpc, startChain } from '../lib/index.ts'
import { recoveredLines } from './CrashRun.ts'
import type { Promises } from './Promises.ts'

/** Something that has happened to a stopped node's folder, and what the next start must make of it. */
export type Damage = {
  name: string
  apply: (folder: Folder) => void
  /** `starts`: and everything that was told is still so. `stops`: and nothing was changed. */
  outcome: 'starts' | 'stops'
  /** In what the node prints; undefined: nothing is to be said. */
  says: RegExp | undefined
}

export type DamageReport = { damage: string; outcome: Damage['outcome']; said: string }

const DAMAGED_LOG = /The log is damaged: .*\n {2}file: .*segment-\d+\.log {3}offset: \d+\n {2}next: /
const LOST_END =
  /The log has lost its end: block \d+ was durable in it\.\n.*its newest sealed block: (\d+|none)\n {2}next: /
const SET_ASIDE = /the snapshot .*\.state can't be used: .* \(offset \d+\); it is now .*\.state\.damaged/
const NO_SNAPSHOT = /The chain can't be opened: no good snapshot of the state is there/
const CHANGED_GENESIS = /The folder's genesis is (not as it was written, or its marker is not|missing)\./

/** Newest file first. The folder has at least three segments, two snapshots, and records behind the newest one. */
export const DAMAGES: readonly Damage[] = [
  { name: 'nothing', apply: () => {}, outcome: 'starts', says: undefined },
  starts(
    'newest segment: garbage appended',
    ({ segments, random }) => {
      appendFileSync(segments[0]!, random.nextBytes(100))
    },
    /100 bytes cut from .*segment-\d+\.log at offset \d+: /,
  ),
  starts(
    'newest segment: a half frame appended',
    ({ segments }) => {
      const bytes = readFileSync(segments[0]!)
      appendFileSync(segments[0]!, bytes.subarray(60, 80))
    },
    /20 bytes cut from .*segment-\d+\.log at offset \d+: /,
  ),
  starts(
    'a next segment with half a head',
    ({ segments }) => {
      const next = numbered(segments[0]!, 1)
      writeFileSync(next, readFileSync(segments[0]!).subarray(0, 30))
    },
    /30 bytes cut from .*segment-\d+\.log at offset 0: a head that is not whole/,
  ),
  stops(
    'newest segment: last bytes cut off',
    ({ segments, random }) => {
      truncateSync(segments[0]!, statSync(segments[0]!).size - 1 - random.nextInt(40))
    },
    LOST_END,
  ),
  stops(
    'newest segment: second half cut off',
    ({ segments }) => {
      truncateSync(segments[0]!, statSync(segments[0]!).size >> 1)
    },
    /(The log has lost its end|The chain can't be opened: the log ends at record)/,
  ),
  stops(
    'newest segment: a bit flipped',
    ({ segments, random }) => {
      flipBit(segments[0]!, 0.2 + random.nextInt(300) / 1000, random)
    },
    DAMAGED_LOG,
  ),
  stops(
    'newest segment: a bit of the head flipped',
    ({ segments, random }) => {
      flipByte(segments[0]!, random.nextInt(60), random)
    },
    /The log (is damaged|has lost its end|belongs to another chain|has a format)/,
  ),
  stops('newest segment missing', ({ segments }) => rmSync(segments[0]!), LOST_END),
  stops('whole log missing', ({ path }) => rmSync(join(path, 'log'), { recursive: true }), LOST_END),
  stops(
    'a segment in the middle missing',
    ({ segments }) => rmSync(segments[1]!),
    // With two segments it is the oldest, behind which both snapshots are.
    /(The log is damaged: the file is missing\.|the log behind it was deleted)/,
  ),
  stops(
    'segment of another chain',
    ({ segments }) => {
      const bytes = readFileSync(segments[0]!)
      writeFileSync(segments[0]!, withGenesis(bytes))
    },
    /The log belongs to another chain\.\n {2}file: /,
  ),
  starts(
    'newest snapshot: a bit of the head flipped',
    ({ snapshots, random }) => flipByte(snapshots[0]!, 40, random),
    SET_ASIDE,
  ),
  starts(
    'newest snapshot: its first bytes flipped',
    ({ snapshots, random }) => flipByte(snapshots[0]!, 3, random),
    SET_ASIDE,
  ),
  starts(
    'newest snapshot: a bit of a piece flipped',
    ({ snapshots, random }) => flipBit(snapshots[0]!, 0.6, random),
    SET_ASIDE,
  ),
  starts(
    'newest snapshot: a bit of the end flipped',
    ({ snapshots, random }) => flipBit(snapshots[0]!, 0.9999, random),
    SET_ASIDE,
  ),
  starts(
    'newest snapshot: torn',
    ({ snapshots }) => truncateSync(snapshots[0]!, statSync(snapshots[0]!).size >> 1),
    SET_ASIDE,
  ),
  starts('newest snapshot: empty', ({ snapshots }) => truncateSync(snapshots[0]!, 0), SET_ASIDE),
  starts(
    'newest snapshot: bytes behind its end',
    ({ snapshots, random }) => appendFileSync(snapshots[0]!, random.nextBytes(10)),
    SET_ASIDE,
  ),
  {
    name: 'newest snapshot missing',
    apply: ({ snapshots }) => rmSync(snapshots[0]!),
    outcome: 'starts',
    says: undefined,
  },
  stops(
    'both snapshots: a bit flipped',
    ({ snapshots, random }) => {
      for (const path of snapshots) flipBit(path, 0.5, random)
    },
    NO_SNAPSHOT,
  ),
  stops(
    'all snapshots missing',
    ({ snapshots }) => {
      for (const path of snapshots) rmSync(path)
    },
    NO_SNAPSHOT,
  ),
  {
    ...{ name: 'a stray .new file', outcome: 'starts', says: undefined },
    apply: ({ snapshots, random }) => writeFileSync(`${snapshots[0]}.new`, random.nextBytes(1000)),
  },
  stops(
    'genesis.json: another chain id',
    ({ path }) => {
      const file = join(path, 'genesis.json')
      writeFileSync(file, readFileSync(file, 'utf8').replace('31337', '31336'))
    },
    CHANGED_GENESIS,
  ),
  stops('genesis.json: torn', ({ path }) => truncateSync(join(path, 'genesis.json'), 100), CHANGED_GENESIS),
  stops('genesis.json missing', ({ path }) => rmSync(join(path, 'genesis.json')), CHANGED_GENESIS),
  stops(
    'leveret.json: torn',
    ({ path }) => truncateSync(join(path, 'leveret.json'), 20),
    /The data folder's marker can't be read\.\n {2}file: /,
  ),
  starts(
    'pool.journal: garbage appended',
    ({ path, random }) => {
      appendFileSync(join(path, 'pool.journal'), random.nextBytes(50))
    },
    /50 bytes at the end of pool\.journal left out/,
  ),
  starts(
    'history of another chain',
    ({ path, other }) => {
      rmSync(join(path, 'history'), { recursive: true })
      cpSync(join(other, 'history'), join(path, 'history'), { recursive: true })
    },
    /the history was begun anew with block \d+: /,
  ),
]

function starts(name: string, apply: Damage['apply'], says: RegExp): Damage {
  return { name, apply, outcome: 'starts', says }
}

function stops(name: string, apply: Damage['apply'], says: RegExp): Damage {
  return { name, apply, outcome: 'stops', says }
}

/** Of a copy of the folder; files newest first. `other`: a folder of another chain. */
export type Folder = { path: string; segments: string[]; snapshots: string[]; other: string; random: Prng }

/** Damages a copy of a stopped node's folder, starts a node on it and holds it against the table. */
export async function tryDamage(
  { name, apply, outcome, says }: Damage,
  { folder, other, promises, random }: { folder: string; other: string; promises: Promises; random: Prng },
): Promise<DamageReport> {
  const path = `${folder}-damaged`
  cpSync(folder, path, { recursive: true })
  try {
    apply({
      path,
      other,
      random,
      segments: filesOf(path, 'log', '.log'),
      snapshots: filesOf(path, 'snapshots', '.state'),
    })
    const before = sizesOf(path)
    const report = await startOn(path, promises)
    const isSaid = says === undefined ? report.said === '' : says.test(report.said)
    if (report.outcome !== outcome || !isSaid)
      throw new Error(
        `${name}: expected that it ${outcome} and says ${says}, got: ${report.outcome}\n${report.said}`,
      )
    if (outcome === 'stops' && sizesOf(path) !== before)
      throw new Error(
        `${name}: a refused start changed files\n  before: ${before}\n  after: ${sizesOf(path)}`,
      )
    return { damage: name, outcome, said: says?.exec(report.said)?.[0] ?? '' }
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

async function startOn(path: string, promises: Promises): Promise<Omit<DamageReport, 'damage'>> {
  try {
    const chain = await startChain({ target: 'leveret', dataFolder: path })
    const rpc = new HttpRpc(chain.url)
    try {
      await promises.checkRebuilt(rpc)
      return { outcome: 'starts', said: recoveredLines(chain).join('\n') }
    } finally {
      rpc.close()
      await chain.stop()
    }
  } catch (error) {
    if (!(error instanceof ChainNotStarted)) throw error
    return { outcome: 'stops', said: error.message }
  }
}

function filesOf(path: string, part: string, end: string): string[] {
  const names = readdirSync(join(path, part)).filter((name) => name.endsWith(end))
  return names
    .sort()
    .reverse()
    .map((name) => join(path, part, name))
}

/** A segment with another genesis in its head, and the head's checksum right (src/feed/segment.ts). */
function withGenesis(segment: Buffer): Buffer {
  const bytes = Buffer.from(segment)
  bytes.fill(0x77, 16, 48)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SEGMENT_HEAD_BYTES - 4)), SEGMENT_HEAD_BYTES - 4)
  return bytes
}

/** The segment `steps` behind another. */
function numbered(path: string, steps: number): string {
  return path.replace(/\d+(?=\.log$)/, (digits) => String(Number(digits) + steps).padStart(8, '0'))
}

/** Names and sizes of log, snapshots and what stands beside them; that a snapshot was set aside is no change. */
function sizesOf(path: string): string {
  const folders = ['', 'log', 'snapshots']
  return folders
    .flatMap((folder) => {
      const full = join(path, folder)
      try {
        return readdirSync(full, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => `${name.replace(/\.damaged$/, '')} ${statSync(join(full, name)).size}`)
      } catch {
        return [`${folder} missing`]
      }
    })
    .join(', ')
}

/** @param at - share of the file's length. */
function flipBit(path: string, at: number, random: Prng): void {
  flipByte(path, Math.floor(statSync(path).size * at), random)
}

function flipByte(path: string, offset: number, random: Prng): void {
  const byte = readFileSync(path)[offset]!
  const file = openSync(path, 'r+')
  writeSync(file, Uint8Array.of(byte ^ (1 << random.nextInt(8))), 0, 1, offset)
  closeSync(file)
}

/** All of {@link DAMAGES}, or some, on copies of a run's folder, whose node has stopped. */
export async function tryDamages(
  { folder, promises }: { folder: string; promises: Promises },
  random: Prng,
  names?: RegExp,
): Promise<DamageReport[]> {
  const other = `${folder}-other`
  await (
    await startChain({ target: 'leveret', dataFolder: other, extraArguments: ['--chain-id', '5'] })
  ).stop()
  const reports: DamageReport[] = []
  for (const damage of DAMAGES)
    if (names?.test(damage.name) ?? true)
      reports.push(await tryDamage(damage, { folder, other, promises, random }))
  rmSync(other, { recursive: true })
  return reports
}
