import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { delay, eventually } from '../lib/index.ts'
import { type CrashRun, recoveredLines } from './CrashRun.ts'
import type { FileFault } from './faultyFiles.ts'

/** A disk that refuses, and what the node must make of it. */
export type DiskFault = {
  name: string
  /**
   * `plan`: operations that fail once the node runs. `fileRoomKiB`: no file may become larger than the largest is, and so much
   * (a real limit of the process).
   * `fullDisk`: a file system with a few MiB left for one folder of the data (a real one, where mounting is allowed).
   */
  by: { plan: FileFault[] } | { fileRoomKiB: number } | { fullDisk: 'log' | 'snapshots' | 'history' }
  /** `stops`: with exit code 1. `goes on`: and makes a snapshot once the fault is gone. */
  outcome: 'stops' | 'goes on'
  says: RegExp
}

export type FaultReport = { fault: string; outcome: DiskFault['outcome'] | 'not tried'; said: string }

const SEGMENT = String.raw`segment-\d+\.log`
const NEW_SNAPSHOT = String.raw`\.state\.new`
const NO_SNAPSHOT =
  /error No snapshot could be made; the next try comes later .*SnapshotWriteError: .*(ENOSPC|EIO)/

export const DISK_FAULTS: readonly DiskFault[] = [
  stops(
    'write of the log: EIO',
    { call: 'writeSync', path: SEGMENT, action: 'EIO', skip: 20 },
    {
      says: /The log can't write: EIO[\s\S]*segment-\d+\.log {3}offset: \d+\n {2}next: /,
    },
  ),
  stops(
    'write of the log: half, then ENOSPC',
    {
      ...{ call: 'writeSync', path: SEGMENT, action: 'half ENOSPC', skip: 20 },
    },
    { says: /The log can't write: ENOSPC/ },
  ),
  stops(
    'sync of the log: EIO',
    { call: 'fdatasync', path: SEGMENT, action: 'EIO', skip: 5 },
    {
      says: /The log can't be synced: EIO/,
    },
  ),
  stops(
    'sync at rotation: EIO',
    { call: 'fdatasyncSync', path: SEGMENT, action: 'EIO' },
    {
      says: /The log can't sync: EIO/,
    },
  ),
  stops(
    'next segment: ENOSPC',
    { call: 'openSync', path: `${SEGMENT} ax$`, action: 'ENOSPC' },
    {
      says: /The log can't create a segment: ENOSPC/,
    },
  ),
  stops(
    'head of the next segment: half, then ENOSPC',
    {
      ...{ call: 'writeSync', path: SEGMENT, action: 'half ENOSPC', bytes: 60 },
    },
    { says: /The log can't write: ENOSPC/ },
  ),
  stops(
    'journal of the pool: half, then ENOSPC',
    {
      ...{ call: 'writeSync', path: String.raw`pool\.journal`, action: 'half ENOSPC' },
    },
    { says: /The journal of the pool can't be written: ENOSPC/ },
  ),
  goesOn('snapshot: file, ENOSPC', { call: 'openSync', path: `${NEW_SNAPSHOT} w$`, action: 'ENOSPC' }),
  goesOn('snapshot: first bytes, ENOSPC', { call: 'writevSync', path: NEW_SNAPSHOT, action: 'ENOSPC' }),
  goesOn('snapshot: a piece half, then ENOSPC', {
    ...{ call: 'writevSync', path: NEW_SNAPSHOT, action: 'half ENOSPC', skip: 3 },
  }),
  goesOn('snapshot: sync, EIO', { call: 'fdatasyncSync', path: NEW_SNAPSHOT, action: 'EIO' }),
  goesOn('snapshot: name, EIO', { call: 'renameSync', path: NEW_SNAPSHOT, action: 'EIO' }),
  goesOn('snapshot: sync of the folder, EIO', { call: 'fsyncSync', path: 'snapshots$', action: 'EIO' }),
  {
    ...{ name: 'log on a full disk', by: { fullDisk: 'log' }, outcome: 'stops' },
    says: /The log can't (write|create a segment): ENOSPC/,
  },
  {
    ...{ name: 'history on a full disk', by: { fullDisk: 'history' }, outcome: 'stops' },
    says: /The history can't be written: .+/,
  },
  {
    ...{ name: 'snapshots on a full disk', by: { fullDisk: 'snapshots' }, outcome: 'goes on' },
    says: NO_SNAPSHOT,
  },
  {
    ...{ name: 'files that may not grow', by: { fileRoomKiB: 300 }, outcome: 'stops' },
    says: /The (log|history) can't (be written|write): .+/,
  },
]

function stops(name: string, fault: FileFault, { says }: { says: RegExp }): DiskFault {
  return { name, by: { plan: [fault] }, outcome: 'stops', says }
}

function goesOn(name: string, fault: FileFault): DiskFault {
  return { name, by: { plan: [fault] }, outcome: 'goes on', says: NO_SNAPSHOT }
}

const NO_SNAPSHOTS = ['--segment-mb', '1', '--snapshot-mb', '0']
const STOP_LIMIT_MS = 30_000
const SAY_LIMIT_MS = 300_000
/** Left on a full disk when the node starts. */
const ROOM_MIB = 2

/**
 * Loads a node while its disk refuses, holds it against what the table says, and starts it again without the fault, to be
 * asked for everything that was told.
 */
export async function tryDiskFault(run: CrashRun, fault: DiskFault, number: number): Promise<FaultReport> {
  const { by, name, outcome } = fault
  if ('fullDisk' in by && !mayMount()) {
    return {
      fault: name,
      outcome: 'not tried',
      said: 'this process has no right to mount a small file system',
    }
  }
  if (!('plan' in by)) await run.stop()
  const disk =
    'fullDisk' in by ? new SmallDisk(join(run.folder, by.fullDisk), by.fullDisk === 'snapshots') : undefined
  try {
    if ('fileRoomKiB' in by)
      await run.start({ fileLimitKiB: largestKiB(run.folder) + by.fileRoomKiB, extraArguments: [] })
    // Without snapshots nothing is pruned, so that also the log fills its disk.
    else if (disk !== undefined) await run.start(outcome === 'stops' ? { extraArguments: NO_SNAPSHOTS } : {})
    const said =
      outcome === 'stops' ? await untilStopped(run, fault, number) : await untilSaid(run, fault, number, disk)
    run.setPlan(undefined)
    disk?.makeRoom()
    await run.start()
    await run.check({ newest: 1_000, older: 300 })
    const recovered = recoveredLines(run.chain).map((line) => `; then ${line}`)
    return { fault: name, outcome, said: said + recovered.join('') }
  } finally {
    run.setPlan(undefined)
    if (disk !== undefined) {
      await run.stop()
      disk.remove()
      await run.start()
    }
  }
}

async function untilStopped(run: CrashRun, { by, says, name }: DiskFault, number: number): Promise<string> {
  const { chain } = run
  const stopped = Promise.race([chain.exited, delay(STOP_LIMIT_MS)])
  // The node may stop before the load has its first answer.
  const load = await run.load(number).catch(async (error: unknown) => {
    if ((await stopped) === undefined) throw error
    return undefined
  })
  if ('plan' in by) run.setPlan(by.plan)
  const code = await stopped
  if (code === undefined) await chain.kill()
  await load?.ended()
  const said = says.exec(chain.output)
  if (code === 1 && said !== null && chain.output.includes('The node has stopped.')) return said[0]
  throw new FaultMismatch(
    name,
    `the node should stop with ${says}`,
    `exit code ${code}\n${chain.output.slice(-4000)}`,
  )
}

/** The node goes on, and makes a snapshot once it can. */
async function untilSaid(
  run: CrashRun,
  { by, says, name }: DiskFault,
  number: number,
  disk: SmallDisk | undefined,
): Promise<string> {
  const { chain } = run
  const load = await run.load(number)
  if ('plan' in by) run.setPlan(by.plan)
  const said = await eventually(name, async () => says.exec(chain.output)?.[0], SAY_LIMIT_MS)
  const snapshots = join(run.folder, 'snapshots')
  if ('plan' in by && by.plan[0]!.call === 'openSync') run.setPlan(undefined)
  const before = readdirSync(snapshots).sort().at(-1)!
  run.setPlan(undefined)
  disk?.makeRoom()
  await eventually(
    `${name}: a snapshot after the fault`,
    async () => {
      const newest = readdirSync(snapshots)
        .filter((file) => file.endsWith('.state'))
        .sort()
        .at(-1)!
      return newest > before ? newest : undefined
    },
    SAY_LIMIT_MS,
  )
  if (!chain.running) throw new FaultMismatch(name, 'the node should go on', chain.output.slice(-4000))
  await chain.kill()
  await load.ended()
  return said
}

/** Of the files of log and history. */
function largestKiB(folder: string): number {
  const files = ['log', 'history'].flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => join(folder, part, name)),
  )
  return Math.ceil(Math.max(...files.map((path) => statSync(path).size)) / 1024)
}

/** Whether this process can mount a file system: root, on Linux, mostly. */
function mayMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

/** A folder moved to a file system of its own with {@link ROOM_MIB} left. */
class SmallDisk {
  readonly #folder: string

  /** @param isFull - nothing is left at all. */
  constructor(folder: string, isFull: boolean) {
    this.#folder = folder
    const aside = `${folder}.aside`
    renameSync(folder, aside)
    mkdirSync(folder)
    const usedMiB = Math.ceil(
      Number(execFileSync('du', ['-sk', aside], { encoding: 'utf8' }).split('\t')[0]) / 1024,
    )
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${usedMiB + ROOM_MIB}m`, 'tmpfs', folder])
    cpSync(aside, folder, { recursive: true })
    rmSync(aside, { recursive: true })
    if (isFull) fillUp(join(folder, 'filler'))
  }

  makeRoom(): void {
    execFileSync('mount', ['-o', 'remount,size=2g', this.#folder])
  }

  /** Back to where it was. */
  remove(): void {
    const aside = `${this.#folder}.aside`
    cpSync(this.#folder, aside, { recursive: true })
    execFileSync('umount', [this.#folder])
    rmSync(this.#folder, { recursive: true })
    renameSync(aside, this.#folder)
  }
}

/** Writes until the disk refuses. */
function fillUp(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(4096))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/** The node made something else of a fault than it should. */
class FaultMismatch extends Error {
  override readonly name = 'FaultMismatch'

  constructor(fault: string, expected: string, got: string) {
    super(`${fault}: ${expected}.\n  instead: ${got}`)
  }
}
