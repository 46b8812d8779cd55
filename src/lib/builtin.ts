/** Those of Node's own modules that are used where a browser can do without. */
type Builtins = {
  'node:crypto': typeof import('node:crypto')
  'node:module': typeof import('node:module')
  'node:zlib': typeof import('node:zlib')
}

/**
 * One of Node's own modules; undefined in a browser. What runs in both asks here: an `import` of a `node:` module would keep
 * a browser from loading the file at all.
 */
export function builtin<Id extends keyof Builtins>(id: Id): Builtins[Id] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  return process?.getBuiltinModule?.(id) as Builtins[Id] | undefined
}
