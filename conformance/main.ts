/**
 * `npm run conformance`: runs the official test packs against the engine. Ends with the plain line
 * `N passed, N failed, N skipped`. Exit codes: 0 nothing failed, 1 something failed, 2 the command makes no sense.
 */
import { HELP, parseOptions } from './options.ts'
import { hasFullPacks } from './packs.ts'
import { Report } from './report.ts'
import { runPacks } from './runner.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  let options: ReturnType<typeof parseOptions>
  try {
    options = parseOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  if (!args.includes('--pack') && !hasFullPacks()) {
    process.stdout.write(
      'The packs of ../shared/conformance are not here: only the tests in conformance/fixtures run.\n',
    )
  }
  const report = new Report(options)
  const start = performance.now()
  await runPacks(options, report)
  if (!options.list) report.print((performance.now() - start) / 1000)
  process.stdout.write(`${report.lastLine()}\n`)
  const selects = options.suites.length > 0 || options.filter !== undefined
  if (selects && report.passed + report.failed + report.skipped === 0) {
    process.stderr.write(
      'No test matches --suite and --filter.\n  next: --list names the tests, with their suites.\n',
    )
    return 2
  }
  return report.failed > 0 ? 1 : 0
}
