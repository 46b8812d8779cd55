import { type LogLevel, type LogLine, logLevelReaches, textLine, VERSION } from '../node/index.ts'
import { banner, readyLine } from './banner.ts'
import { describe } from './describe.ts'
import type { Output } from './Output.ts'
import { ProgressBar } from './ProgressBar.ts'

/** Events that the banner and the lines at the end tell in their own way. */
const SPOKEN: readonly LogLine['event'][] = [
  'starting',
  'recovered',
  'started',
  'stopping',
  'stopped',
  'failed',
]

/** For a terminal: the banner on standard output, the log's lines on standard error. */
export function textOutput(level: LogLevel, quiet: boolean): Output {
  const bar = new ProgressBar(process.stderr, () => performance.now())
  return {
    log: (line) => {
      if (SPOKEN.includes(line.event) || !logLevelReaches(line.level, level)) return
      bar.end()
      process.stderr.write(textLine(line, new Date()))
    },
    progress: (step) => bar.show(step),
    terminal: quiet ? undefined : (line) => process.stdout.write(`${line}\n`),
    started: (node, startMs) => {
      bar.end()
      process.stdout.write(quiet ? readyLine(node, startMs) : banner(node, { version: VERSION, startMs }))
    },
    stopping: () => {
      if (!quiet) process.stdout.write('\nStopping …\n')
    },
    stopped: () => {
      if (!quiet) process.stdout.write('Stopped; start again to go on from here.\n')
    },
    failed: (error, when) => {
      bar.end()
      process.stderr.write(`${when === 'running' ? 'The node has stopped.\n' : ''}${describe(error)}\n`)
    },
  }
}
