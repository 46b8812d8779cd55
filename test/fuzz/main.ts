/**
 * `npm run fuzz -- PEER [options]`. Peers: `anvil` gets the same random transactions as Leveret; `evm` runs the same
 * random programs on both tiers of the EVM; `parallel` the same random batches in serial order and in parallel; `requests` sends a node what it must refuse. Exit 1 where they differ, with the seed and the smallest replay found.
 */
import { ANVIL_HELP, anvilCommand } from './anvilCommand.ts'
import { EVM_HELP, evmCommand } from './evm/evmCommand.ts'
import { PARALLEL_HELP, parallelCommand } from './parallel/parallelCommand.ts'
import { REQUESTS_HELP, requestsCommand } from './requests/requestsCommand.ts'

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  anvil: anvilCommand,
  evm: evmCommand,
  parallel: parallelCommand,
  requests: requestsCommand,
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--help') console.log(`${ANVIL_HELP}\n\n${EVM_HELP}\n\n${PARALLEL_HELP}\n\n${REQUESTS_HELP}`)
else {
  const named = first !== undefined && !first.startsWith('--')
  const command = COMMANDS[named ? first : 'anvil']
  if (command === undefined) {
    process.stderr.write(
      `There is no peer ${first}.\n  next: npm run fuzz -- anvil|evm|parallel|requests [options], or --help\n`,
    )
    process.exitCode = 2
  } else process.exitCode = await command(named ? rest : process.argv.slice(2))
}
