import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { PlannedMember } from './planNetwork.ts'

/** A process that does not end when it is told to is killed after so long. */
const STOP_LIMIT_MS = 15_000
/** Who ends by itself is started again after so long, doubled each time up to the limit; … */
const RESTART_MS = 1000
const RESTART_LIMIT_MS = 30_000
/** … and from the beginning once it has run so long. */
const STEADY_MS = 60_000
/** After so many ends in a row it stays down. */
const ENDS_LIMIT = 6

/** What is told of a member: a line of its log, by level, or what became of its process. */
export type MemberNews = { name: string; level: string; event: string; text: string }

export type MemberProcessOptions = {
  /** Path of the program that runs a node. */
  program: string
  onNews: (news: MemberNews) => void
}

/** A node in a process of its own, which is started again when it ends without being told to. */
export class NetworkMember {
  readonly plan: PlannedMember
  readonly #options: MemberProcessOptions
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #startedMs = 0
  /** Of its own accord, in a row. */
  #ends = 0
  #isStopped = false

  constructor(plan: PlannedMember, options: MemberProcessOptions) {
    this.plan = plan
    this.#options = options
  }

  /** Resolves once it has started; rejects when it ends before, or has been stopped already. */
  async start(): Promise<void> {
    // Whom it follows may say that it has started when all are told to stop.
    if (this.#isStopped) throw new MemberNotStartedError(this.plan.name, 'it was stopped')
    const child = this.#spawn()
    await new Promise<void>((resolve, reject) => {
      let last = ''
      const end = () => reject(new MemberNotStartedError(this.plan.name, last))
      child.once('exit', end)
      child.once('error', end)
      this.#read(child, ({ event, text }) => {
        last = text
        if (event === 'started') resolve()
      })
    })
    child.once('exit', (code, signal) => this.#ended(`${signal ?? `exit code ${code}`}`))
  }

  /** Ends it in order; resolves once it is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await exited
    clearTimeout(tooLate)
  }

  #spawn(): ChildProcess {
    const { program } = this.#options
    const args = [...process.execArgv, program, ...this.plan.args, '--log-format', 'json']
    // The channel ends with this process: the node then stops, whatever has ended this one.
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C is for this process, which ends the others in their order.
      detached: true,
    })
    this.#child = child
    this.#startedMs = performance.now()
    return child
  }

  /** The first time `--fresh` has emptied its folder. */
  #again(): void {
    this.plan.args = this.plan.args.filter((arg) => arg !== '--fresh')
    this.start().catch((error: Error) => this.#ended(error.message))
  }

  #ended(how: string): void {
    if (this.#isStopped) return
    this.#ends = performance.now() - this.#startedMs > STEADY_MS ? 1 : this.#ends + 1
    const waitMs = Math.min(RESTART_MS * 2 ** (this.#ends - 1), RESTART_LIMIT_MS)
    const staysDown = this.#ends >= ENDS_LIMIT
    const next = staysDown ? 'it stays down' : `it is started again in ${waitMs / 1000} s`
    this.#tell({ level: 'error', event: 'ended', text: `ended by itself (${how}); ${next}` })
    if (!staysDown) this.#timer = setTimeout(() => this.#again(), waitMs)
  }

  #read(child: ChildProcess, hear: (line: { event: string; text: string }) => void): void {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        const news = newsOf(line)
        hear(news)
        this.#tell(news)
      })
    }
  }

  #tell(news: Omit<MemberNews, 'name'>): void {
    this.#options.onNews({ name: this.plan.name, ...news })
  }
}

/** A line of a node's log with --log-format json; whatever else it says is taken for an error. */
function newsOf(line: string): Omit<MemberNews, 'name'> {
  try {
    const { level, event, msg, time: _, ...fields } = JSON.parse(line) as Record<string, unknown>
    const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`)
    return { level: String(level), event: String(event), text: [msg, ...told].join('  ') }
  } catch {
    return { level: 'error', event: 'output', text: line }
  }
}

/** A node of the network did not start. */
class MemberNotStartedError extends Error {
  override readonly name = 'MemberNotStartedError'

  constructor(member: string, said: string) {
    super(
      `The ${member} did not start.\n  it said: ${said}\n  next: correct that, or begin anew with --fresh.`,
    )
  }
}
