import { useEffect, useRef, useState } from 'preact/hooks'
import { node } from '../chain/node.ts'
import type { Hex } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import { parseSearch } from '../lib/searchQuery.ts'
import { goTo } from './location.ts'

/** Finds blocks, transactions and accounts; `/` puts the cursor into it. */
export function Search() {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const searches = useRef(0)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = (event.target as HTMLElement).closest('input, textarea, select') !== null
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      // What was looked for before makes place.
      input.current?.select()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const submit = async (event: Event) => {
    event.preventDefault()
    const search = ++searches.current
    // What stands there, though it may not be drawn yet.
    const query = input.current?.value ?? text
    const found = await find(query).catch((error: Error) => ({ problem: error.message }))
    // Somebody looks for something else already.
    if (search !== searches.current) return
    if ('problem' in found) {
      setProblem(found.problem)
      return
    }
    setText('')
    setProblem('')
    input.current?.blur()
    goTo(found.href)
  }
  const onInput = (event: InputEvent) => {
    setText((event.target as HTMLInputElement).value)
    setProblem('')
  }
  return (
    <search class="search">
      <form onSubmit={submit} noValidate>
        <input
          ref={input}
          type="search"
          name="query"
          value={text}
          onInput={onInput}
          placeholder="Block, transaction or address"
          aria-label="Search for a block, transaction or address"
          aria-invalid={problem !== ''}
          aria-describedby="search-problem"
          autocomplete="off"
          spellcheck={false}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
        <p id="search-problem" class="problem" role="status">
          {problem}
        </p>
      </form>
    </search>
  )
}

type Found = { href: string } | { problem: string }

async function find(text: string): Promise<Found> {
  const query = parseSearch(text)
  if (query.kind === 'unknown') return { problem: query.reason }
  if (query.kind === 'address') return { href: links.account(query.address) }
  if (query.kind === 'block') return { href: links.block(query.number) }
  return findHash(query.hash)
}

async function findHash(hash: Hex): Promise<Found> {
  const [transaction, block] = await Promise.all([
    node.request('eth_getTransactionByHash', [hash]),
    node.request('eth_getBlockByHash', [hash, false]),
  ])
  if (transaction !== null) return { href: links.transaction(hash) }
  if (block !== null) return { href: links.block(hash) }
  return { problem: 'No transaction and no block has this hash.' }
}
