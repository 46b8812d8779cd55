/** What the element that has the focus is called, where it is, and whether the focus can be seen; null for the page. */
export function focused(): { name: string; role: string; within: string; isVisible: boolean } | null

/** What keeps people from using the page: a sentence for each kind of thing that is wrong. */
export function accessibilityProblems(): string[]

/** How many pixels the page is wider than the window. */
export function overflow(): number
