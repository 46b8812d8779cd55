/** The package as npm packs it, in a project of its own: its four entries work, and have types that viem and ethers take. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { accounts, eventually, HttpRpc, type Json, NetworkCommand } from './lib/index.ts'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
/** What the project has besides. */
const PEERS = ['viem', 'ethers', '@types/node']

const PROGRAM = `
import { createPublicClient, createWalletClient, custom, parseEther, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { BrowserProvider } from 'ethers'
import { createChain, type InProcessChain, RpcError } from 'leveret'
import { Engine } from 'leveret/evm'
import { FollowError, follow } from 'leveret/client'
import { leveret } from 'leveret/viem'

const chain: InProcessChain = await createChain({ balanceWei: parseEther('5') })
const [alice, bob] = chain.accounts
const account = privateKeyToAccount(alice!.privateKey)
const wallet = createWalletClient({ account, chain: leveret, transport: custom(chain) }).extend(publicActions)
const { status } = await wallet.sendTransactionSync({ to: bob!.address, value: 1n })
const reader = createPublicClient({ chain: leveret, transport: custom(chain) })
const balance = await reader.getBalance({ address: bob!.address })
const provider = new BrowserProvider(chain, undefined, { cacheTimeout: -1 })
console.log(status, balance === parseEther('5') + 1n, await provider.getBlockNumber())
provider.destroy()
await chain.request({ method: 'no_such' }).catch((error: unknown) => {
  if (error instanceof RpcError) console.log(error.code)
})
await chain.close()
console.log(new Engine({ memoryMiB: 384 }).cumulativeGasUsed)
await follow({ url: 'http://127.0.0.1:1' }).catch((error: unknown) => {
  if (error instanceof FollowError) console.log(error.code)
})
`

const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2024', lib: ['es2024'], module: 'nodenext', strict: true, noEmit: true },
    ...{ noUncheckedIndexedAccess: true, skipLibCheck: true, types: ['node'] },
  },
  files: ['program.ts'],
}

const TSC = join(root, 'node_modules/.bin/tsc')

const run = (command: string, args: string[], cwd: string) =>
  promisify(execFile)(command, args, { cwd, timeout: 120_000, encoding: 'utf8' })

describe('the package', () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'leveret-package-')))
  const modules = join(project, 'node_modules')

  before(async () => {
    mkdirSync(modules)
    await run(TSC, ['-b'], root)
    await run(process.execPath, ['scripts/bundle.mjs'], root)
    const { stdout } = await run(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', project],
      root,
    )
    await run('tar', ['xzf', join(project, stdout.trim())], project)
    renameSync(join(project, 'package'), join(modules, 'leveret'))
    for (const name of [...Object.keys(manifest.dependencies), ...PEERS]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true })
      symlinkSync(realpathSync(join(root, 'node_modules', name)), join(modules, name))
    }
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    writeFileSync(join(project, 'program.ts'), PROGRAM)
  })
  after(() => rmSync(project, { recursive: true, force: true }))

  it('runs', async () => {
    const { stdout } = await run(process.execPath, ['program.ts'], project)
    assert.equal(stdout, 'success true 1\n-32601\n0n\nUNREACHABLE\n')
  })

  it('is a program, whose nodes find their threads', async () => {
    const folder = join(project, 'network')
    const network = new NetworkCommand(join(modules, 'leveret/scripts/bin.mjs'), folder)
    try {
      const [, url] = await network.says(/ready at (\S+)/)
      const rpc = new HttpRpc(url!)
      const { address: from } = accounts[0]!
      const hash = await rpc.call('eth_sendTransaction', [{ from, to: from, value: '0x1' }])
      const members: Json[] = await rpc.call('leveret_network')
      assert.equal(members.length, 4)
      for (const { url } of members) {
        const member = new HttpRpc(url)
        const traced = () => member.call('debug_traceTransaction', [hash, { tracer: 'callTracer' }])
        const { type } = await eventually('its trace', () => traced().catch(() => undefined), 20_000)
        assert.equal(type, 'CALL')
        member.close()
      }
      rpc.close()
    } finally {
      assert.equal(await network.end('SIGINT'), 0)
    }
    assert.doesNotMatch(network.output, /Cannot find|ERR_/)
  })

  it('has types', async () => {
    const { stdout } = await run(TSC, ['-p', project], root).catch((error: { stdout: string }) => error)
    assert.equal(stdout, '')
  })
})
