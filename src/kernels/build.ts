/**
 * Compiles the kernels: `node src/kernels/build.ts` writes `generated/NAME.ts` for each target, and with `--check`
 * compares instead and fails when a committed module is not what its sources give, or is over its size budget.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { COMMON_FLAGS, type KernelTarget, TARGETS } from './targets.ts'

const ROOM = import.meta.dirname
const COMMAND = 'node src/kernels/build.ts'

/**
 * Compiles one kernel in memory and returns the WebAssembly module's bytes. The same sources and compiler version
 * give the same bytes. Throws {@link KernelBuildError} with the compiler's messages.
 *
 * @public
 */
export async function compileKernel(
  target: Pick<KernelTarget, 'name' | 'entry' | 'flags'>,
): Promise<Uint8Array> {
  const outFile = `${target.name}.wasm`
  const written = new Map<string, Uint8Array | string>()
  const { error, stderr } = await asc.main(
    [target.entry, ...COMMON_FLAGS, ...target.flags, '--baseDir', ROOM, '--outFile', outFile],
    {
      writeFile: (name: string, contents: Uint8Array | string) => {
        written.set(name, contents)
      },
    },
  )
  const wasm = written.get(outFile)
  if (error !== null || !(wasm instanceof Uint8Array))
    throw new KernelBuildError(target.name, stderr.toString())
  return wasm
}

async function main(check: boolean): Promise<number> {
  const problems: string[] = []
  for (const target of TARGETS) {
    if (!existsSync(join(ROOM, target.entry))) {
      console.log(`${target.name}: skipped, ${target.entry} is not there`)
      continue
    }
    const problem = await buildTarget(target, check)
    if (problem !== undefined) problems.push(problem)
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  return problems.length === 0 ? 0 : 1
}

/** Returns what is wrong, if anything. */
async function buildTarget(target: KernelTarget, check: boolean): Promise<string | undefined> {
  const wasm = await compileKernel(target)
  console.log(`${target.name}: ${wasm.length} bytes (budget ${target.budgetBytes})`)
  if (wasm.length > target.budgetBytes) {
    return (
      `Kernel ${target.name} is over its size budget: ${wasm.length} bytes, budget ${target.budgetBytes}.\n` +
      '  next: make it smaller, or raise budgetBytes in src/kernels/targets.ts and say why in the commit.'
    )
  }
  const path = join(ROOM, 'generated', `${target.name}.ts`)
  const text = generatedText(wasm)
  if (check) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return undefined
    return (
      `Kernel ${target.name} is stale: src/kernels/generated/${target.name}.ts is not what ${target.entry} compiles to.\n` +
      '  next: npm run kernels, and commit the result.'
    )
  }
  mkdirSync(join(ROOM, 'generated'), { recursive: true })
  writeFileSync(path, text)
  return undefined
}

/** A string, so that Node, a worker, a browser and a bundler all load it in the same way. */
function generatedText(wasm: Uint8Array): string {
  return `// ${COMMAND}\n/** @public */\nexport const wasmBase64: string =\n  '${Buffer.from(wasm).toString('base64')}'\n`
}

/** A kernel does not compile. The message holds what the AssemblyScript compiler said. */
export class KernelBuildError extends Error {
  override readonly name = 'KernelBuildError'
  constructor(kernel: string, messages: string) {
    super(`Kernel ${kernel} does not compile.\n${messages}`)
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.includes('--check'))
  } catch (error) {
    if (!(error instanceof KernelBuildError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
