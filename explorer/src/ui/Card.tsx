import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type CardProps = {
  title: string
  /** Beside the title: a link, a figure, a button. */
  aside?: ComponentChildren
  class?: string
  children: ComponentChildren
}

/** A part of a view under a heading of its own. */
export function Card({ title, aside, class: name = '', children }: CardProps) {
  const id = useId()
  return (
    <section class={`card ${name}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  )
}

export type Fact = readonly [name: string, value: ComponentChildren] | undefined

/** Names and values in two columns, one below the other on a phone; an undefined one is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(
        (fact) =>
          fact !== undefined && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
