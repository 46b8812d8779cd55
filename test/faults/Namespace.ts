import { type ChildProcess, execFileSync, spawn } from 'node:child_process'

const BRIDGE = 'lev0'
/** A machine that was forgotten is gone after so long. */
const LONGEST_S = '14400'
/** Addresses of the machines; only they know each other. */
const NETWORK = '10.77.0'
/** Of the process that starts the others. */
const OWN_ADDRESS = `${NETWORK}.1`

/** The process runs in a network of its own, which is gone with it: see {@link inOwnNetwork}. */
const MARK = 'OWN_NETWORK'

/** Why networks can't be made here; undefined where they can. */
export function noNamespaces(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces are Linux', this is ${process.platform}`
  try {
    const script = 'ip link add lev9 type veth peer name lev8 && ip link add lev7 type bridge'
    execFileSync('unshare', ['-rn', 'sh', '-c', script], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string }
    return `network namespaces are not permitted: ${stderr?.toString().trim() || message}`
  }
}

/**
 * Runs this program once more in a network of its own, in which machines can be made, and gives its exit code; undefined:
 * this is it.
 */
export async function inOwnNetwork(script: string, args: readonly string[]): Promise<number | undefined> {
  if (process.env[MARK] !== undefined) {
    ip('link', 'set', 'lo', 'up')
    ip('link', 'add', BRIDGE, 'type', 'bridge')
    ip('addr', 'add', `${OWN_ADDRESS}/24`, 'dev', BRIDGE)
    ip('link', 'set', BRIDGE, 'up')
    return undefined
  }
  const child = spawn('unshare', ['-rn', process.execPath, ...process.execArgv, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

/** A machine: a network with one cable, which can be pulled. What runs on it is started with {@link Machine.command}. */
export class Machine {
  readonly address: string
  readonly #cable: string
  /** Keeps the network while nothing else runs in it. */
  readonly #holder: ChildProcess

  constructor(number: number) {
    this.address = `${NETWORK}.${number + 10}`
    this.#cable = `lev-m${number}`
    this.#holder = spawn('unshare', ['-n', 'sleep', LONGEST_S], { stdio: 'ignore' })
    const pid = String(this.#holder.pid)
    waitForNetwork(pid)
    ip('link', 'add', this.#cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid)
    ip('link', 'set', this.#cable, 'master', BRIDGE)
    for (const words of [`addr add ${this.address}/24 dev eth0`, 'link set lo up', 'link set eth0 up'])
      execFileSync('nsenter', ['-t', pid, '-n', 'ip', ...words.split(' ')])
    this.plugIn()
  }

  /** The command that runs another on this machine. */
  command(words: readonly string[]): string[] {
    return ['nsenter', '-t', String(this.#holder.pid), '-n', ...words]
  }

  plugIn(): void {
    ip('link', 'set', this.#cable, 'up')
  }

  /** From now on nothing comes or goes, and nobody is told. */
  unplug(): void {
    ip('link', 'set', this.#cable, 'down')
  }

  remove(): void {
    this.#holder.kill('SIGKILL')
  }
}

/** Until the process has left the network of this one. */
function waitForNetwork(pid: string): void {
  const own = networkOf('self')
  for (let attempt = 0; attempt < 500; attempt++) {
    if (networkOf(pid) !== own) return
    execFileSync('sleep', ['0.01'])
  }
  throw new Error('the network of a machine was not made')
}

function networkOf(pid: string): string {
  return execFileSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' })
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })
}
