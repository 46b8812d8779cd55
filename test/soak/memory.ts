import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MIB = 2 ** 20

/** V8's heaps of a node's threads; `external`: what the main thread's objects keep alive outside of its heap. */
export type Heaps = {
  /** Taken from the system, by all threads together. */
  heapsMiB: number
  /** Used, by thread; of the recovery workers together. */
  mainMiB: number
  sequencerMiB: number
  sealerMiB: number
  recoveryMiB: number
  externalMiB: number
}

/** What a process has of its own, and pages of files that it has mapped, which the system takes back when it needs them. */
export function memoryOf(pid: number): { residentMiB: number; mappedMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) / 1024
  return { residentMiB: mebibytes('RssAnon'), mappedMiB: mebibytes('RssFile') }
}

/** What the files of a folder take on the disk. */
export function folderMiB(folder: string): number {
  let bytes = 0
  for (const name of readdirSync(folder)) {
    // A file may be pruned between the two looks.
    bytes += (statSync(join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }
  return bytes / MIB
}

/** Reads the heaps from a node's metrics. */
export class HeapReader {
  readonly #url: string
  /** By thread and kind: a thread that didn't answer in time has what it had before. */
  readonly #bytes = new Map<string, number>()

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/metrics`
  }

  async read(): Promise<Heaps> {
    const text = await (await fetch(this.#url)).text()
    const lines = text.matchAll(/^leveret_thread_heap_bytes\{thread="([^"]+)",kind="(\w+)"\} (\d+)/gm)
    for (const [, thread, kind, bytes] of lines) this.#bytes.set(`${thread} ${kind}`, Number(bytes))
    return {
      heapsMiB: this.#mib(/^(main|sequencer|sealer|recovery-\d+) total$/),
      mainMiB: this.#mib(/^main used$/),
      sequencerMiB: this.#mib(/^sequencer used$/),
      sealerMiB: this.#mib(/^sealer used$/),
      recoveryMiB: this.#mib(/^recovery-\d+ used$/),
      externalMiB: this.#mib(/^main external$/),
    }
  }

  #mib(names: RegExp): number {
    let sum = 0
    for (const [name, bytes] of this.#bytes) if (names.test(name)) sum += bytes
    return sum / MIB
  }
}
