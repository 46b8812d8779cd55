import { type ChildProcess, spawn } from 'node:child_process'
import { eventually } from './chain.ts'

/** `leveret network` in a process of its own. */
export class NetworkCommand {
  output = ''
  readonly #child: ChildProcess
  readonly #closed: Promise<number | null>

  /** @param program - the file that is `leveret`: of the sources, or of a package. */
  constructor(program: string, folder: string, ...args: string[]) {
    const command = [program, 'network', '--data', folder, ...args]
    this.#child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#closed = new Promise((done) => this.#child.once('close', done))
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
  }

  /** What it says, once it says it. */
  says(what: RegExp): Promise<RegExpExecArray> {
    return eventually(String(what), async () => what.exec(this.output) ?? undefined).catch((error) => {
      throw new Error(`${error.message}\n${this.output}`)
    })
  }

  /** Ends it; gives its exit code once all that it has printed is read. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return await this.#closed
  }
}
