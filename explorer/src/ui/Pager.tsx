/** Links to other pages of a list; without one it can't be gone there. */
export function Pager({ newest, older }: { newest: string | undefined; older: string | undefined }) {
  return (
    <nav class="pager" aria-label="Pages">
      {newest === undefined ? <span aria-hidden="true">Newest</span> : <a href={newest}>Newest</a>}
      {older === undefined ? <span aria-hidden="true">Older</span> : <a href={older}>Older</a>}
    </nav>
  )
}
