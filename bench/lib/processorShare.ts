import type { BenchContext } from '../harness.ts'

const ENOUGH = 0.95

/** Starts watching; what it returns says how busy others kept the processor, if that disturbed this thread's figures. */
export function watchProcessor({ note, tiny }: BenchContext): () => void {
  const begin = performance.now()
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    const share = (user + system) / 1000 / (performance.now() - begin)
    if (share >= ENOUGH || tiny) return
    note(
      `this thread had a processor ${Math.round(share * 100)} % of the time: others made its figures too high`,
    )
  }
}
