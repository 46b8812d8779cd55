/** A node of the network that this one was told of. */
export type NetworkMember = {
  name: string
  /** Of its JSON-RPC, which is also where its explorer is. */
  url: string
  /** What its leveret_nodeStatus answers, as JSON; undefined: it gave no answer. */
  status: unknown
  /** Why it did not. */
  error: string | undefined
}
