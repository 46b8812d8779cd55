import { readFileSync } from 'node:fs'

/** Steps whose outcome is deliberately another than anvil's, and why. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  "answers under Hardhat's names": "Hardhat's own answers (true), where anvil gives null",
  "Hardhat's prevRandao": 'anvil has no such method',
  "blocks on demand, under Hardhat's name":
    'as Hardhat: the seconds stand between the blocks, and not before the first',
  'signing under older names': 'they mean eth_signTypedData_v4; anvil has them without doing anything',
  'what the node is, in all of its members':
    'no commit of a build, and no network that was forked: what this chain does not have is left out',
  'the clock is set back': "a block's time is never less than its parent's",
}

/** Methods and flags of anvil that are not offered, as docs/rpc.md lists them with the reasons. */
export const NOT_OFFERED: ReadonlySet<string> = new Set(listed('## What anvil offers besides'))

function listed(heading: string): string[] {
  const page = readFileSync(new URL('../../docs/rpc.md', import.meta.url), 'utf8')
  const [table] = page.slice(page.indexOf(heading) + heading.length).split('\n## ')
  const names = [...table!.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) => cell!.split(', '))
  return names.map((name) => name.replaceAll('`', ''))
}
