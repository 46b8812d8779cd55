import { links } from '../lib/route.ts'

export function UnknownView({ path }: { path: string }) {
  return (
    <div class="card missing">
      <h1>There is no such page</h1>
      <p>
        The explorer has nothing at <span class="mono breakable">{path}</span>.
      </p>
      <p>
        <a href={links.overview}>Go to the overview</a>, or search above.
      </p>
    </div>
  )
}
