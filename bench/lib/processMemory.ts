import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Memory of a process in MiB. */
export type ProcessMemory = {
  /** Its own pages, and its part of those that several have. */
  proportional: number
  /** All of its pages that are in memory. */
  resident: number
  /** Of these, what no file has: what the system can't take back. */
  anonymous: number
}

/** Whether the system tells (Linux). */
export function tellsMemory(): boolean {
  return existsSync('/proc/self/smaps_rollup')
}

/** Of the process that does the work: `pid`, or where that has only started another (as npm's wrappers do), the other. */
export function processMemory(pid: number): ProcessMemory {
  const text = readFileSync(`/proc/${workerOf(pid)}/smaps_rollup`, 'utf8')
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024
  return {
    ...{ proportional: mebibytes('Pss'), resident: mebibytes('Rss') },
    anonymous: mebibytes('Anonymous'),
  }
}

/** The first process in line that has started no other. */
function workerOf(pid: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    if (parentOf(Number(name)) === pid) return workerOf(Number(name))
  }
  return pid
}

/** Undefined if it has just ended. */
function parentOf(pid: number): number | undefined {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return undefined
  // The name, in parentheses, may have spaces.
  return Number(readFileSync(path, 'utf8').split(') ').at(-1)!.split(' ')[1])
}
