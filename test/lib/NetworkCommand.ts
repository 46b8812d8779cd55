import { type ChildProcess, spawn } from 'node:child_process'
import { eventually } from './chain.ts'

const SAYS_LIMIT_MS = 60_000

/** `leveret network` in a process of its own. */
export class NetworkCommand {
  output = ''
  readonly #child: ChildProcess

  /** @param program - the file that is `leveret`: of the sources, or of a package. */
  constructor(program: string, folder: string, ...args: string[]) {
    const command = [program, 'network', '--data', folder, ...args]
    this.#child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
  }

  /** What it says, once it says it. */
  says(what: RegExp): Promise<RegExpExecArray> {
    return eventually(String(what), async () => what.exec(this.output) ?? undefined, SAYS_LIMIT_MS).catch(
      (error) => {
        throw new Error(`${error.message}\n${this.output}`)
      },
    )
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return exitCode
    const exited = new Promise<number | null>((done) => this.#child.once('exit', done))
    this.#child.kill(signal)
    return await exited
  }
}
