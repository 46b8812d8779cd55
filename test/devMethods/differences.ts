/** Steps whose outcome is deliberately another than anvil's, and why. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  "answers under Hardhat's names": "Hardhat's own answers (true), where anvil gives null",
  "Hardhat's prevRandao": 'anvil has no such method',
  "blocks on demand, under Hardhat's name":
    'as Hardhat: the seconds stand between the blocks, and not before the first',
  'signing under older names': 'they mean eth_signTypedData_v4; anvil has them without doing anything',
  'what the node is, in all of its members':
    'no commit of a build, and no network that was forked: what this chain does not have is left out',
  'the clock is set back': "a block's time is never less than its parent's",
}

/** Methods and flags of anvil that are not offered, and why. */
export const NOT_OFFERED: Readonly<Record<string, string>> = {
  anvil_setChainId: "a chain's id is part of its genesis, which every start holds the log to",
  anvil_setExecutor: 'sponsored transactions are a feature of their own',
  anvil_addCapability: 'likewise',
  wallet_getCapabilities: 'likewise',
  wallet_sendTransaction: 'likewise',
  '--order': 'transactions that wait for a block on demand go by what they pay; others as they arrive',
  '--steps-tracing': 'any executed transaction can be traced afterwards',
  '--disable-code-size-limit': 'the rules are those of the fork',
}
