import type { LogLevel } from '../node/index.ts'
import type { Output } from './Output.ts'
import type { Options } from './options.ts'

/** Quiet, only what needs somebody's attention is told beside the address. */
export async function openOutput({ logFormat, logLevel, quiet }: Options): Promise<Output> {
  if (logFormat === 'json') return (await import('./jsonOutput.ts')).jsonOutput(logLevel)
  return (await import('./textOutput.ts')).textOutput(quiet ? atLeastWarn(logLevel) : logLevel, quiet)
}

function atLeastWarn(level: LogLevel): LogLevel {
  return level === 'error' ? 'error' : 'warn'
}
