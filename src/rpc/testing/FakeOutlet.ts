import type { DropKind, Outlet } from '../Connection.ts'
import type { SharedText } from '../SharedText.ts'

export type Notification = {
  subscription: string
  sequence: string
  miniBlock: string
  index: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
  result: any
}

/** Keeps what a connection is sent. */
export class FakeOutlet implements Outlet {
  readonly notifications: Notification[] = []
  readonly dropped: string[] = []
  isBehind = false

  readonly send = (text: string): void => {
    this.notifications.push(JSON.parse(text).params)
  }

  readonly sendParts = (first: string, rest: SharedText): void => this.send(first + rest.text)

  async caughtUp(): Promise<void> {
    this.isBehind = false
  }

  drop(_kind: DropKind, reason: string): void {
    this.dropped.push(reason)
  }

  /** Of one subscription, once there are so many. */
  async of(subscription: string, count: number): Promise<Notification[]> {
    for (;;) {
      const found = this.notifications.filter((each) => each.subscription === subscription)
      if (found.length >= count) return found
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
