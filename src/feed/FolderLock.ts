import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A file `lock` in a folder that says which process writes there: its pid, and its start time where the system tells it
 * (Linux), because pids are used again, in containers at once. A lock of a process that is gone is taken over.
 */
export class FolderLock {
  readonly #path: string
  readonly #owner: string

  private constructor(path: string, owner: string) {
    this.#path = path
    this.#owner = owner
  }

  /** Throws LogLockedError if a living process holds the folder, this one included. */
  static take(folder: string): FolderLock {
    const path = join(folder, 'lock')
    const owner = ownerText(process.pid)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (createLock(path, owner)) return new FolderLock(path, owner)
      const holder = readLock(path)
      if (holder === undefined) continue
      if (isAlive(holder)) throw new LogLockedError(path, holder)
      setAside(path, holder)
    }
    throw new LogLockedError(path, readLock(path) ?? 'another process')
  }

  release(): void {
    if (readLock(this.#path) === this.#owner) rmSync(this.#path)
  }
}

const MAX_ATTEMPTS = 5

/** Creates the lock with its content in one step; false if there is one. */
function createLock(path: string, owner: string): boolean {
  const draft = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`
  writeFileSync(draft, owner)
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(draft)
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Removes a dead process's lock; if another process took over in between, its lock is put back. */
function setAside(path: string, holder: string): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  try {
    if (readFileSync(aside, 'utf8') !== holder) linkSync(aside, path)
  } finally {
    rmSync(aside)
  }
}

/** `pid`, or `pid start-time` with the start in clock ticks since the system's start and the system's boot id. */
function ownerText(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Field 22; the fields after the name in parentheses begin with the third.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${pid} ${startTicks}@${bootId}`
  } catch {
    // No /proc: the pid alone must do.
    return String(pid)
  }
}

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10)
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isCode(error, 'ESRCH')) return false
    if (!isCode(error, 'EPERM')) throw error
  }
  return !holder.includes(' ') || ownerText(pid) === holder
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Another process writes the log. */
export class LogLockedError extends Error {
  override readonly name = 'LogLockedError'
  readonly recovery = 'stop'

  constructor(path: string, holder: string) {
    super(
      `Another process writes this log.\n  lock: ${path}   held by process ${holder.split(' ')[0]}\n` +
        '  next: stop that process, or give another data folder.',
    )
  }
}
