import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const HERE = import.meta.dirname

/** Starts a package's program in one of the projects here; what it prints is gathered. */
export function start(
  project: string,
  program: string,
  { args, env }: { args: string[]; env: Record<string, string> },
): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(HERE, 'node_modules', program), ...args], {
    cwd: join(HERE, project),
    env: { ...process.env, NO_COLOR: '1', CI: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
    })
  }
  return { child, output: () => text }
}

/** Runs it to its end; gives what it printed, or throws with it. */
export async function run(...given: Parameters<typeof start>): Promise<string> {
  const { child, output } = start(...given)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${given[1]} ended with ${code}:\n${output()}`)
  return output()
}
