import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A file `term` in the folder of entries: the epoch in which they are signed, and during which run of the machine somebody
 * publishes. If the machine itself has stopped meanwhile, entries that were sent may be on no disk: another entry for
 * the same place must not be signed for the same epoch.
 */
export class Term {
  readonly #path: string
  readonly epoch: bigint | undefined
  /** Somebody published when the machine stopped. */
  readonly isBroken: boolean

  constructor(folder: string) {
    this.#path = join(folder, 'term')
    const [epoch, boot] = existsSync(this.#path) ? readFileSync(this.#path, 'utf8').trim().split(' ') : []
    this.epoch = epoch === undefined || !/^\d+$/.test(epoch) ? undefined : BigInt(epoch)
    this.isBroken = boot !== undefined && boot !== bootId()
  }

  /** From now on somebody publishes. */
  begin(epoch: bigint): void {
    this.#write(`${epoch} ${bootId()}`)
  }

  /** All that was sent is on the disk. */
  end(epoch: bigint): void {
    this.#write(String(epoch))
  }

  #write(text: string): void {
    writeFileSync(`${this.#path}.new`, `${text}\n`, { flush: true })
    renameSync(`${this.#path}.new`, this.#path)
  }
}

/** Of this run of the machine; where the system does not tell, it counts as one run. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return 'unknown'
  }
}
