import type { Node } from '../node/index.ts'

/** A wallet counts transactions of an account by itself. */
const NEW_CHAIN = 'new chain; a wallet that knew another one here must forget it (clear its activity)'

/** What a started node prints. */
export function banner(node: Node, { version, startMs }: { version: string; startMs: number }): string {
  const wsUrl = node.url.replace(/^http/, 'ws')
  const lines = [
    '',
    `  Leveret ${version}`,
    '',
    ...section([
      ['http', node.url],
      ['WebSocket', wsUrl],
      ...(node.hasExplorer ? [['explorer', `${node.url}/`] as const] : []),
      ...(node.metricsUrl === undefined ? [] : [['metrics', node.metricsUrl] as const]),
      ...(node.feedUrl === undefined ? [] : [['stream', node.feedUrl] as const]),
      ...node.peerAddresses.map((address) => ['peers', address] as const),
      ...(node.feedSigner === undefined ? [] : [['signed by', node.feedSigner] as const]),
      ['chain id', String(node.chainId)],
      ['fork', node.fork],
      ...(node.forkedAfter === undefined
        ? []
        : [['forked', `after block ${node.forkedAfter} of another chain`] as const]),
      ['data', node.dataFolder],
      ['head block', headBlock(node)],
      ...(node.firstNumber === 0n ? [] : [['history', `from block ${node.firstNumber}`] as const]),
      ...node.recovered.map((remark) => ['recovered', remark] as const),
    ]),
    '',
    ...accountLines(node.accounts),
  ]
  return `${lines.join('\n')}\n${readyLine(node, startMs)}`
}

/** The last line, and with `--quiet` the only one. */
export function readyLine(node: Node, startMs: number): string {
  return `Leveret is ready at ${node.url} in ${Math.round(startMs)} ms\n`
}

function headBlock({ isNew, isReplica, headNumber }: Node): string {
  if (!isNew) return `${headNumber}, resumed`
  return isReplica ? `${headNumber}; a new replica, which follows from there on` : NEW_CHAIN
}

function section(rows: readonly (readonly [string, string])[]): string[] {
  return rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`)
}

function accountLines(accounts: Node['accounts']): string[] {
  if (accounts.length === 0) return []
  const rows = accounts.map(({ address, privateKey }, i) => `  (${i}) ${address}  ${privateKey}`)
  return [
    '  Accounts with ether, and their private keys. Never use the keys of a well-known mnemonic elsewhere.',
    '',
    ...rows,
    '',
  ]
}
